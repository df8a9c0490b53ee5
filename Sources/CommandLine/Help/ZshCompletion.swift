/// The completion script of a tree for zsh, with a description for each command and flag.
public func zshCompletion(_ root: Command) -> String {
    let model = CompletionModel(root)
    let program = model.program
    let table = model.caseTable { entry in
        let flags = entry.flags.map { CompletionModel.quoted("--\($0.name):\(firstLine($0.help))") }.joined(separator: " ")
        let commands = entry.subcommands.map { CompletionModel.quoted("\($0.name):\(firstLine($0.abstract))") }.joined(separator: " ")
        return "        flags=(\(flags))\n        commands=(\(commands))\n"
    }
    return """
        #compdef \(program)
        # zsh completion for \(program), made from its command tree

        _\(program)_command() {
        \(table)}

        _\(program)() {
            local here=\(CompletionModel.quoted(program)) expect= ended= position=0
            local word cur=${words[CURRENT]} kind steps takes kinds stops
            local -a flags commands candidates
            _\(program)_command "$here"
        \(model.walk(words: "\"${(@)words[2,CURRENT-1]}\""))    [[ -z $expect && -z $ended && $cur == --*=* ]] && compset -P '*='
        \(model.choice())    case $kind in
            '') return 1 ;;
            +flags) _describe option flags ;;
            +commands) _describe command commands ;;
            '='*) candidates=(${=kind#=}) && compadd -a candidates ;;
            @file) _files ;;
            @directory) _files -/ ;;
            *) candidates=(${(f)"$(\(program) __complete "$kind" "$cur" 2>/dev/null)"}) && compadd -a candidates ;;
            esac
        }

        if [[ $funcstack[1] == _\(program) ]]; then _\(program) "$@"; else compdef _\(program) \(program); fi

        """
}

/// The first line of a help text: shells show one.
func firstLine(_ text: String) -> String { text.split(separator: "\n").first.map(String.init) ?? "" }
