import ImageStore
import LinuxSystem
import Testing

@Suite("references as Docker writes them") struct ReferenceTests {
    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
        ("library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("index.docker.io/library/busybox:a", "docker.io/library/busybox:a", "busybox:a"),
        ("user/app", "docker.io/user/app:latest", "user/app:latest"),
        ("localhost/app:1", "localhost/app:1", "localhost/app:1"),
        ("host:5000/a/b__c--d.e:T_1", "host:5000/a/b__c--d.e:T_1", "host:5000/a/b__c--d.e:T_1"),
        ("quay.io/a/b", "quay.io/a/b:latest", "quay.io/a/b:latest"),
    ])
    func normalises(text: String, whole: String, familiar: String) throws {
        let reference = try ImageReference(text)
        #expect(reference.description == whole)
        #expect(reference.familiar == familiar)
        #expect(try ImageReference(whole) == reference)
    }

    @Test func keepsDigests() throws {
        let digest = "sha256:" + String(repeating: "a", count: 64)
        #expect(try ImageReference("busybox@\(digest)").description == "docker.io/library/busybox@\(digest)")
        #expect(try ImageReference("busybox:1@\(digest)").tag == "1")
    }

    @Test(arguments: [
        ("", "the repository must be lower-case letters and digits with single \".\", \"_\" and \"-\" between them"),
        ("BusyBox", "the repository must be lower case"),
        ("a..b", "the repository must be lower-case letters and digits with single \".\", \"_\" and \"-\" between them"),
        ("a:", "the tag must be 1 to 128 letters, digits, \"_\", \".\" and \"-\""),
        ("a:b c", "the tag must be 1 to 128 letters, digits, \"_\", \".\" and \"-\""),
        ("a@sha256:12", "the digest must be sha256: and 64 hexadecimal digits"),
        ("a//b", "the repository must be lower-case letters and digits with single \".\", \"_\" and \"-\" between them"),
        ("../../etc", "\"..\" is no registry"),
    ])
    func refuses(text: String, reason: String) {
        #expect(throws: ApusError(.invalidArgument, "invalid image reference \"\(text)\": \(reason)")) { try ImageReference(text) }
    }
}
