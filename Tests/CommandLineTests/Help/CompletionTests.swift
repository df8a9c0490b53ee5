import CommandLine
import Glibc
import Testing

@Suite("Shell completions") struct CompletionTests {
    /// Runs bash on a script given as its argument, and returns what it prints.
    func bash(_ script: String) throws -> String {
        let quoted = "'" + script.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        guard let pipe = unsafe popen("bash -c \(quoted)", "r") else { throw InvalidValue("cannot start bash") }
        var bytes: [UInt8] = []
        while case let byte = unsafe getc(pipe), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        let status = unsafe pclose(pipe)
        #expect(status == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("bash completes commands, flags and values") func bash() throws {
        let cases = [
            ("apus ", "run ps rename stop load container"), ("apus r", "run rename"), ("apus -D --root /tmp st", "stop"), ("apus run --n", "--name --network"),
            ("apus run --name ", ""), ("apus run --network ", "none host"), ("apus run --network=h", "host"),
            ("apus run -ite X b", "busybox:latest busybox:1.36"),
            ("apus run busybox:", "latest 1.36"), ("apus run alpine ", ""), ("apus run alpine --", ""), ("apus run --explain al", "alpine"),
            ("apus rename w", "web work"), ("apus rename x", "x$(echo hostile)"),
            ("apus rename web ", ""), ("apus stop web wo", "work"), ("apus container list --l", "--last"), ("apus load /etc/os-rel", "/etc/os-release"),
            ("apus --root /et", "/etc"), ("apus run -- -", ""),
        ]
        let lines = cases.map { line, _ in "t '\(line)'" }.joined(separator: "\n")
        let output = try bash(
            """
            \(bashCompletion(Sample.tree))
            apus() { [[ $1 == __complete ]] || return; case $2 in container) echo web; echo work; echo 'x$(echo hostile)';; image) echo busybox:latest; echo busybox:1.36; echo alpine;; esac; }
            t() { COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=(); _apus; echo "$1 -> ${COMPREPLY[*]}"; }
            \(lines)
            """)
        #expect(output == cases.map { "\($0) -> \($1)\n" }.joined())
    }

    @Test("zsh and fish know every command, flag and kind") func others() {
        for script in [zshCompletion(Sample.tree), fishCompletion(Sample.tree)] {
            Sample.tree.walk { path, command in
                #expect(script.contains("'\(path.joined(separator: " "))'"))
                for flag in command.visibleFlags { #expect(script.contains("'--\(flag.name)")) }
            }
            #expect(script.contains("__complete"))
            #expect(script.contains("--network==none host"))
            #expect(!script.contains("secret-command"))
        }
    }
}
