// A small store in IndexedDB: texts of the client, and the device's key, which JavaScript can use but never read.

const NAME = "homie";
const STORE = "values";

/** One open database; every call is a transaction of its own. */
export class Database {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(factory: IDBFactory): Promise<Database> {
    const opening = factory.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    return new Database(await finished(opening));
  }

  async get(name: string): Promise<unknown> {
    return finished(this.store("readonly").get(name));
  }

  async set(name: string, value: unknown): Promise<void> {
    await finished(this.store("readwrite").put(value, name));
  }

  /** Stores a value unless one is there, and gives the one that is there afterwards. */
  async setIfAbsent(name: string, value: unknown): Promise<unknown> {
    const store = this.store("readwrite");
    const present: unknown = await finished(store.get(name));
    if (present !== undefined) return present;
    await finished(store.put(value, name));
    return value;
  }

  async remove(name: string): Promise<void> {
    await finished(this.store("readwrite").delete(name));
  }

  private store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction(STORE, mode).objectStore(STORE);
  }
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's database refused"));
  });
}
