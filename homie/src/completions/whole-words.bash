
# bash cuts words at colons: what it asks for is put together again, and of what is offered the part before the last colon,
# which stands there already, is left out.
_homie() {
    local line="${COMP_LINE:0:COMP_POINT}"
    # What is quoted is cut where it should be, or beyond this.
    if [[ "$COMP_WORDBREAKS" != *:* || "$line" != *:* || "$line" == *[\'\"\\]* ]]; then
        _clap_complete_homie "$@"
        return
    fi
    local word="${line##*[[:space:]]}" IFS=$' \t\n' COMP_WORDS COMP_CWORD
    read -ra COMP_WORDS <<<"$line"
    [[ -n "$word" ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _clap_complete_homie "$1" "$word" "${3-}"
    COMPREPLY=("${COMPREPLY[@]#"${word%"${word##*:}"}"}")
}
complete -o nospace -o bashdefault -o nosort -F _homie homie 2>/dev/null ||
    complete -o nospace -o bashdefault -F _homie homie
