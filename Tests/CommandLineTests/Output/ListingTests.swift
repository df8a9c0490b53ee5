import Testing

@testable import CommandLine

@Suite("Listings, tables and JSON") struct ListingTests {
    static let listing = Listing(
        columns: [
            Listing.Column("ID", "CONTAINER ID", .identifier), Listing.Column("Image", "IMAGE"), Listing.Column("Command", "COMMAND", .quoted(20)),
            Listing.Column("Names", "NAMES"),
        ], others: [Listing.Column("Size", "SIZE")])
    static let rows: [Value] = [
        ["ID": "0123456789abcdef0123", "Image": "busybox", "Command": "sleep 1000000000000000", "Names": "web", "Size": "0B"],
        ["ID": "sha256:fedcba98765432", "Image": "a/long/image:latest", "Command": "sh", "Names": "é", "Size": "1.2MB"],
    ]

    @Test("The default table") func table() throws {
        #expect(
            try Self.listing.text(Self.rows) == """
                CONTAINER ID   IMAGE                 COMMAND                  NAMES
                0123456789ab   busybox               "sleep 1000000000000…"   web
                fedcba987654   a/long/image:latest   "sh"                     é

                """)
        #expect(try Self.listing.text([], format: "table") == "CONTAINER ID   IMAGE     COMMAND   NAMES\n")
        #expect(try Self.listing.text([Self.rows[0]], noTrunc: true).contains("0123456789abcdef0123   busybox   \"sleep 1000000000000000\"   web\n"))
    }

    @Test("A table by a template") func tableTemplate() throws {
        #expect(
            try Self.listing.text(Self.rows, format: #"table {{.Names}}\t{{upper .Image}}\t{{.Size}} {{.Nothing}}"#.replacing(" {{.Nothing}}", "")) == """
                NAMES     IMAGE                 SIZE
                web       BUSYBOX               0B
                é         A/LONG/IMAGE:LATEST   1.2MB

                """)
        #expect(throws: TemplateError(message: "template: :1:9: executing \"\" at <.Foo>: can't evaluate field Foo")) {
            try Self.listing.text(Self.rows, format: "table {{.ID}}{{.Foo}}")
        }
    }

    @Test("Templates, JSON and identifiers alone") func others() throws {
        #expect(try Self.listing.text(Self.rows, format: #"{{.ID}}\t{{.Names}}\n"#) == "0123456789ab\tweb\n\nfedcba987654\té\n\n")
        #expect(try Self.listing.text(Self.rows, format: #"{{"\t"}}{{.Names}}"#) == "\tweb\n\té\n")
        #expect(
            try Self.listing.text([Self.rows[1]], format: "json")
                == #"{"Command":"\"sh\"","ID":"fedcba987654","Image":"a/long/image:latest","Names":"é","Size":"1.2MB"}"# + "\n")
        #expect(try Self.listing.text(Self.rows, format: "{{.Names}}", quiet: true) == "0123456789ab\nfedcba987654\n")
        #expect(try Self.listing.text(Self.rows, noTrunc: true, quiet: true) == "0123456789abcdef0123\nsha256:fedcba98765432\n")
        #expect(try Self.listing.text(Self.rows, format: "tables") == "tables\ntables\n")
    }

    @Test("Inspection") func inspect() throws {
        let values: [Value] = [["Name": "a", "Args": [], "Labels": .map(["b": "2", "a": "1"]), "State": ["Pid": 1, "Health": nil], "Mounts": ["x"]]]
        #expect(
            try inspection(values) == """
                [
                    {
                        "Name": "a",
                        "Args": [],
                        "Labels": {
                            "a": "1",
                            "b": "2"
                        },
                        "State": {
                            "Pid": 1,
                            "Health": null
                        },
                        "Mounts": [
                            "x"
                        ]
                    }
                ]

                """)
        #expect(
            try inspection(values, format: "json") == #"[{"Name":"a","Args":[],"Labels":{"a":"1","b":"2"},"State":{"Pid":1,"Health":null},"Mounts":["x"]}]"#
                + "\n")
        #expect(try inspection(values + values, format: "{{.State.Pid}}") == "1\n1\n")
        #expect(try inspection([]) == "[]\n")
        #expect(throws: TemplateError(message: "template: :1:8: executing \"\" at <.State.Health.Status>: nil pointer evaluating .Status")) {
            try inspection(values, format: "{{.State.Health.Status}}")
        }
    }

    @Test("JSON escapes and numbers") func json() {
        #expect(Value.string("\"\\\n\r\t\u{8}\u{c}\u{1}\u{7f}<é>\u{2028}😀").json() == #""\"\\\n\r\t\b\f\u0001"# + "\u{7f}<é>" + #"\u2028😀""#)
        let numbers: Value = [0, -1, 1.5, 1e21, 1e-7, 100000000.0, -0.25, .double(.infinity), .int(.min)]
        #expect(numbers.json() == "[0,-1,1.5,1e+21,1e-7,100000000,-0.25,null,-9223372036854775808]")
        #expect(Value.object([]).json(pretty: true) == "{}")
    }

    @Test("Objects keep their order, and the last of two equal names") func objects() {
        var object = Value.Object([("b", 1), ("a", 2), ("b", 3)])
        #expect(Value.object(object).json() == #"{"b":3,"a":2}"#)
        object["b"] = nil
        object["c"] = true
        #expect(Value.object(object).json() == #"{"a":2,"c":true}"#)
        #expect(object["b"] == nil)
    }

    @Test("Columns are blocks of successive lines") func columns() {
        #expect(Table.aligned("a\tb\tc\n1234567890\tb\n\nx\ty") == "a            b         c\n1234567890   b\n\nx         y")
        #expect(Table.aligned("") == "")
        #expect(Table.aligned("plain\ntext") == "plain\ntext")
    }
}
