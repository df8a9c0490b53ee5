import CommandLine
import Testing

@Suite("Templates of --format") struct TemplateTests {
    static func map(_ fields: [(String, Value)]) -> Value { .object(Value.Object(fields, isMap: true)) }

    /// What `docker version` shows without a daemon.
    static let version: Value = [
        "Client": [
            "Platform": nil, "Version": "28.2.2", "APIVersion": "1.50", "DefaultAPIVersion": "1.50", "GitCommit": "e6534b4", "GoVersion": "go1.24.3",
            "Os": "linux",
            "Arch": "amd64", "BuildTime": "Fri May 30 12:07:14 2025", "Context": "default",
        ], "Server": nil,
    ]

    /// What `docker context inspect` shows.
    static let context: Value = [
        "Name": "default", "Metadata": map([]), "Endpoints": map([("docker", ["Host": "unix:///var/run/docker.sock", "SkipTLSVerify": false])]),
        "TLSMaterial": map([]), "Storage": ["MetadataPath": "<IN MEMORY>", "TLSPath": "<IN MEMORY>"],
    ]

    static func output(_ template: String, _ value: Value) -> String {
        do throws(TemplateError) {
            return try Template(template).text(value)
        } catch { return error.description }
    }

    @Test("The same as Docker prints") func golden() {
        for (cases, value) in [(GoldenTemplates.version, Self.version), (GoldenTemplates.context, Self.context)] {
            for (template, expected) in cases {
                var output = Self.output(template, value)
                while output.first == "\n" { output.removeFirst() }
                while output.last == "\n" { output.removeLast() }
                #expect(output == expected, "\(template)")
            }
        }
    }

    @Test("Labels: fields, index and methods") func labels() {
        var row = Value.Object([("Names", "web"), ("Labels", "a=1,b=2")])
        row.addMethod("Label", .map(["a": "1", "b": "2"]))
        let value = Value.object(row)
        #expect(Self.output(#"{{.Names}} {{.Label "a"}} {{.Label "c"}}|{{"b" | .Label}}"#, value) == "web 1 |2")
        #expect(Self.output("{{json .}}", value) == #"{"Names":"web","Labels":"a=1,b=2"}"#)
        #expect(Self.output("{{.}}", value) == "{web a=1,b=2}")
        #expect(
            Self.output("{{.Label 3}}", value) == "template parsing error: template: :1:2: executing \"\" at <.Label>: wrong type for value; expected string")
        let labels = Value.object([("Labels", .map(["com.x": "1", "a": "2"]))])
        #expect(Self.output(#"{{.Labels.a}} {{.Labels.z}} {{index .Labels "com.x"}} [{{index .Labels "z"}}]"#, labels) == "2 <no value> 1 []")
        #expect(Self.output("{{.Labels}} {{json .Labels}}", labels) == #"map[a:2 com.x:1] {"a":"2","com.x":"1"}"#)
        #expect(Self.output("{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}", labels) == "a=2;com.x=1;")
    }

    @Test("What Apus refuses", arguments: ["define", "template", "block"]) func refused(_ word: String) {
        #expect(
            Self.output("{{\(word) \"x\"}}", .null)
                == "template parsing error: template: :1: \(word) is refused: templates of a command line do not call each other")
    }

    @Test("Limits that keep the stack whole") func depth() {
        let parentheses = String(repeating: "(", count: 5_000)
        #expect(Self.output("{{\(parentheses)}}", .null) == "template parsing error: template: :1: nested more than 100 deep")
        let blocks = String(repeating: "{{if 1}}", count: 5_000)
        #expect(Self.output(blocks, .null) == "template parsing error: template: :1: nested more than 100 deep")
        let chain = "{{if 0}}" + String(repeating: "{{else if 0}}", count: 5_000)
        #expect(Self.output(chain, .null) == "template parsing error: template: :1: nested more than 100 deep")
        #expect(Self.output("{{range 1000000000000}}{{break}}{{end}}x", .null) == "x")
    }
}
