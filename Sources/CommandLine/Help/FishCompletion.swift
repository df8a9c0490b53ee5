/// The completion script of a tree for fish, with a description for each command and flag.
public func fishCompletion(_ root: Command) -> String {
    let model = CompletionModel(root)
    let program = model.program
    func list(_ words: [String]) -> String { words.map { " " + CompletionModel.quoted($0) }.joined() }
    var table = ""
    for entry in model.entries {
        table += "        case \(CompletionModel.quoted(entry.path))\n"
        table += "            set -g __\(program)_flags\(list(entry.flags.map { "--\($0.name)\t\(firstLine($0.help))" }))\n"
        table += "            set -g __\(program)_commands\(list(entry.subcommands.map { "\($0.name)\t\(firstLine($0.abstract))" }))\n"
        table += "            set -g __\(program)_steps\(list(entry.descents.flatMap { step in step.words.map { "\($0)=\(step.path)" } }))\n"
        let takes = entry.valueFlags.flatMap { flag in flag.words.map { "\($0)=\(CompletionModel.kind(flag.kind))" } }
        table += "            set -g __\(program)_takes\(list(takes))\n"
        table += "            set -g __\(program)_kinds\(list(entry.command.positionals.completions.map(CompletionModel.kind)))\n"
        table += "            set -g __\(program)_stops\(entry.command.interspersed ? "" : " 1")\n"
    }
    return """
        # fish completion for \(program), made from its command tree

        function __\(program)_command
            switch "$argv[1]"
        \(table)    end
        end

        # The value that stands for the key $argv[1] in the list that follows, its entries being key=value.
        function __\(program)_lookup
            set -l key $argv[1]
            for entry in $argv[2..-1]
                if test (string split -m 1 = -- $entry)[1] = "$key"
                    string split -m 1 = -- $entry | tail -n 1
                    return 0
                end
            end
            return 1
        end

        function __\(program)_candidates
            set -l words (commandline -opc)
            set -e words[1]
            set -l cur (commandline -ct)
            set -l expect
            set -l ended
            set -l position 1
            __\(program)_command \(CompletionModel.quoted(program))
            for word in $words
                if test -n "$expect"
                    set expect
                else if test -z "$ended"; and test "$word" = --
                    set ended 1
                else if test -z "$ended"; and string match -q -- '-?*' $word
                    string match -q -r -- '^--|=' $word; or set word -(string sub -s -1 -- $word)
                    __\(program)_lookup $word $__\(program)_takes >/dev/null; and set expect $word
                else if set -l here (__\(program)_lookup $word $__\(program)_steps)
                    set ended
                    __\(program)_command "$here"
                else
                    set position (math $position + 1)
                    set ended $ended $__\(program)_stops
                end
            end
            set -l kind
            set -l head
            if test -n "$expect"
                set kind (__\(program)_lookup $expect $__\(program)_takes)
            else if test -z "$ended"; and string match -q -- '--*=*' $cur
                set head (string split -m 1 = -- $cur)[1]
                set cur (string split -m 1 = -- $cur)[2]
                set kind (__\(program)_lookup $head $__\(program)_takes)
                set head $head=
            else if test -z "$ended"; and string match -q -- '-*' $cur
                printf '%s\\n' $__\(program)_flags
                return
            else if set -q __\(program)_steps[1]
                printf '%s\\n' $__\(program)_commands
                return
            else if set -q __\(program)_kinds[1]
                test $position -gt (count $__\(program)_kinds); and set position -1
                set kind $__\(program)_kinds[$position]
            end
            switch "$kind"
                case ''
                case '=*'
                    printf "$head%s\\n" (string split ' ' -- (string sub -s 2 -- $kind))
                case @file
                    printf "$head%s\\n" (__fish_complete_path $cur)
                case @directory
                    printf "$head%s\\n" (__fish_complete_directories $cur '')
                case '*'
                    set -l found (\(program) __complete $kind $cur 2>/dev/null)
                    set -q found[1]; and printf "$head%s\\n" $found
            end
        end

        complete -c \(program) -f -a '(__\(program)_candidates)'

        """
}
