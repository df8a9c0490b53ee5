import CommandLine
import Testing

@Suite("Documents made from the tree") struct DocumentTests {
    @Test("The reference has every visible command and flag, and the refused ones") func reference() {
        let text = Reference(Sample.tree).text
        Sample.tree.walk { path, command in
            #expect(text.contains("\n## \(path.joined(separator: " "))\n"))
            for flag in command.visibleFlags { #expect(text.contains("`--\(flag.name)")) }
        }
        #expect(text.contains("| `-n`, `--last int` | `-1` | Show n last created containers |\n"))
        #expect(text.contains("| `-f`, `--filter filter` |  | Filter output<br>by conditions |\n"))
        #expect(text.contains("- `--platform`: images of one architecture only\n"))
        #expect(text.contains("| [`apus container ls`](#apus-container-ls) | List containers |\n"))
        #expect(!text.contains("secret-command"))
    }

    @Test("Manual pages") func manual() throws {
        let pages = ManualPages(Sample.tree, version: "1.0").pages
        #expect(
            pages.map(\.name) == [
                "apus.1", "apus-run.1", "apus-ps.1", "apus-rename.1", "apus-stop.1", "apus-load.1", "apus-container.1", "apus-container-ls.1",
            ])
        #expect(
            pages[2].text == #"""
                .TH "APUS\-PS" 1 "" "apus 1.0" "User Commands"
                .SH NAME
                apus\-ps \- List containers
                .SH SYNOPSIS
                \fBapus ps\fR [OPTIONS]
                .SH OPTIONS
                .TP
                \fB\-a\fR, \fB\-\-all\fR
                Show all containers (default shows just running)
                .TP
                \fB\-f\fR, \fB\-\-filter\fR\fI filter\fR
                Filter output
                .br
                by conditions
                .TP
                \fB\-n\fR, \fB\-\-last\fR\fI int\fR
                Show n last created containers (default \-1)
                .SH SEE ALSO
                \fBapus\fR(1)

                """#)
        let odd = Command("x", abstract: "x", discussion: ".hidden \\n \"q\"") { _ in 0 }
        #expect(ManualPages(odd, version: "1").pages[0].text.contains("\n\\&.hidden \\en \\(dqq\\(dq\n"))
    }
}
