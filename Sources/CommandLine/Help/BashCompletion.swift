extension CompletionModel {
    /// What each command has, as assignments in a `case`; bash and zsh read the same table.
    ///
    /// `steps` maps words to the command they lead to, `takes` flags to the kind of their value, both as `|key=value|`; `kinds` holds the kinds of the
    /// positionals between bars; `stops` says that the first positional ends the flags.
    func caseTable(_ candidates: (Entry) -> String) -> String {
        var text = "    case $1 in\n"
        for entry in entries {
            let steps = entry.descents.flatMap { step in step.words.map { "\($0)=\(step.path)|" } }.joined()
            let takes = entry.valueFlags.flatMap { flag in flag.words.map { "\($0)=\(Self.kind(flag.kind))|" } }.joined()
            let kinds = entry.command.positionals.completions.map { Self.kind($0) + "|" }.joined()
            text += "    \(Self.quoted(entry.path)))\n"
            text += candidates(entry)
            text += "        steps=\(Self.quoted("|" + steps)) takes=\(Self.quoted("|" + takes))\n"
            text += "        kinds=\(Self.quoted(kinds)) stops=\(entry.command.interspersed ? "''" : "1") ;;\n"
        }
        return text + "    esac\n"
    }

    /// The walk over the words before the cursor, the same in bash and zsh: it leaves `here`, `expect` (the flag whose value comes) and `position`.
    func walk(words: String) -> String {
        """
            for word in \(words); do
                if [[ -n $expect ]]; then
                    expect=
                elif [[ -z $ended && $word == -- ]]; then
                    ended=1
                elif [[ -z $ended && $word == -?* ]]; then
                    [[ $word == --* || $word == *=* ]] || word=-${word: -1}
                    [[ $takes == *"|$word="* ]] && expect=$word
                elif [[ $steps == *"|$word="* ]]; then
                    here=${steps#*"|$word="}
                    here=${here%%|*}
                    ended=
                    _\(program)_command "$here"
                else
                    position=$((position + 1))
                    [[ -z $stops ]] || ended=1
                fi
            done

        """
    }

    /// The choice of the kind to complete, the same in bash and zsh.
    func choice() -> String {
        """
            if [[ -n $expect ]]; then
                kind=${takes#*"|$expect="}
                kind=${kind%%|*}
            elif [[ -z $ended && $cur == --*=* ]]; then
                expect=${cur%%=*}
                cur=${cur#*=}
                [[ $takes == *"|$expect="* ]] || return
                kind=${takes#*"|$expect="}
                kind=${kind%%|*}
            elif [[ -z $ended && $cur == -* ]]; then
                kind=+flags
            elif [[ $steps != '|' ]]; then
                kind=+commands
            else
                while ((position-- > 0)) && [[ ${kinds#*|} == *'|' ]]; do kinds=${kinds#*|}; done
                kind=${kinds%%|*}
            fi

        """
    }
}

/// The completion script of a tree for bash; it needs no other package.
public func bashCompletion(_ root: Command) -> String {
    let model = CompletionModel(root)
    let program = model.program
    let table = model.caseTable { entry in
        let flags = entry.flags.map { "--\($0.name)" }.joined(separator: " ")
        let commands = entry.subcommands.map(\.name).joined(separator: " ")
        return "        flags=\(CompletionModel.quoted(flags)) commands=\(CompletionModel.quoted(commands))\n"
    }
    return """
        # bash completion for \(program), made from its command tree

        _\(program)_command() {
        \(table)}

        _\(program)() {
            local line=${COMP_LINE:0:COMP_POINT} here=\(CompletionModel.quoted(program)) expect= ended= position=0
            local words word cur kind flags commands steps takes kinds stops
            read -ra words <<<"$line"
            [[ $line == *[[:space:]] ]] && words+=('')
            cur=${words[${#words[@]} - 1]}
            COMPREPLY=()
            _\(program)_command "$here"
        \(model.walk(words: "\"${words[@]:1:${#words[@]}-2}\""))\(model.choice())    case $kind in
            '') ;;
            +flags) COMPREPLY=($(compgen -W "$flags" -- "$cur")) ;;
            +commands) COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
            '='*) COMPREPLY=($(compgen -W "${kind#=}" -- "$cur")) ;;
            @file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
            @directory) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
            # Not by compgen, which would expand what names hold.
            *) while IFS= read -r word; do
                   [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
               done < <(\(program) __complete "$kind" "$cur" 2>/dev/null) ;;
            esac
            # Readline takes a colon for the end of a word and replaces only what follows it.
            if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
                local index head=${cur%"${cur##*:}"}
                for index in "${!COMPREPLY[@]}"; do COMPREPLY[index]=${COMPREPLY[index]#"$head"}; done
            fi
        }

        complete -F _\(program) \(program)

        """
}
