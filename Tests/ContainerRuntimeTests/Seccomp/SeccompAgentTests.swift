import CShim
import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// What the agent behind `listenerPath` gets.
@Suite struct SeccompAgentTests {
    /// A listening socket in a directory of its own.
    private final class Listener {
        let directory: String
        let descriptor: Int32
        var path: String { "\(directory)/agent.sock" }

        init(depth: Int = 0) throws {
            var template = Array("/tmp/apus-agent-XXXXXX".utf8CString)
            guard unsafe mkdtemp(&template) != nil else { throw ApusError(errno: errno, "cannot make a scratch directory") }
            let base = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            directory = base + String(repeating: "/a-long-name-of-a-directory", count: depth)
            try makeDirectories(directory)
            descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            let place = try openFile(directory, openPathOnly | O_DIRECTORY)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let name = "/proc/self/fd/\(place.raw)/agent.sock"
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { room in for (index, byte) in name.utf8.enumerated() { unsafe room[index] = byte } }
            try systemCall("bind") { [descriptor] in
                unsafe withUnsafePointer(to: &address) { unsafe bind(descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), 110) }
            }
            try systemCall("listen") { [descriptor] in listen(descriptor, 4) }
        }

        deinit {
            close(descriptor)
            try? removeTree("/tmp/" + directory.split(separator: "/")[1])
        }

        /// The text of one connection and the descriptors that came with it.
        func receive() throws -> (text: String, descriptors: [Int32]) {
            let connection = OwnedFD(adopting: try systemCall("accept") { accept(descriptor, nil, nil) })
            var room = [UInt8](repeating: 0, count: 1 << 16)
            var descriptors = [Int32](repeating: -1, count: 4)
            var received = 0
            var text: [UInt8] = []
            while true {
                var came = 0
                let raw = connection.raw
                let length = try systemCall("receive") { unsafe apus_receive_message(raw, &room, room.count, &descriptors, 4, &came) }
                if length == 0 { return (String(decoding: text, as: UTF8.self), Array(descriptors.prefix(received))) }
                received += came
                text += room[..<length]
            }
        }
    }

    private let profile = LinuxSeccomp(defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/x", listenerMetadata: "a \"b\"")
    private let state = State(ociVersion: "1.3.0", id: "c1", status: "creating", pid: 12, bundle: "/b", annotations: ["k": "v"])

    @Test func stateAndDescriptor() throws {
        let listener = try Listener()
        var profile = profile
        profile.listenerPath = listener.path
        let given = try openFile("/dev/null", O_RDWR)
        try SeccompAgent(profile).send(listener: given, of: 34, state: state)
        let (text, descriptors) = try listener.receive()
        defer { for descriptor in descriptors { close(descriptor) } }
        #expect(
            text
                == #"{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":34,"metadata":"a \"b\"","state":{"ociVersion":"1.3.0","id":"c1","status":"creating","pid":12,"bundle":"/b","annotations":{"k":"v"}}}"#
        )
        #expect(descriptors.count == 1)
        #expect(try readLink("/proc/self/fd/\(descriptors.first ?? -1)") == "/dev/null")
    }

    @Test func aPathLongerThanAnAddress() throws {
        let listener = try Listener(depth: 6)
        #expect(listener.path.utf8.count > 108)
        var profile = profile
        profile.listenerPath = listener.path
        try SeccompAgent(profile).send(listener: openFile("/dev/null", O_RDWR), of: 34, state: state)
        let (_, descriptors) = try listener.receive()
        #expect(descriptors.count == 1)
        for descriptor in descriptors { close(descriptor) }
    }

    @Test func aNameLongerThanAnAddress() throws {
        var profile = profile
        profile.listenerPath = "/tmp/" + String(repeating: "x", count: 120)
        let error = #expect(throws: ApusError.self) { try SeccompAgent(profile).send(listener: openFile("/dev/null", O_RDWR), of: 34, state: state) }
        #expect(error?.description.contains("its own name may have 79 bytes") == true)
    }

    @Test func nobodyListens() throws {
        var profile = profile
        profile.listenerPath = "/tmp/apus-no-such.sock"
        let error = #expect(throws: ApusError.self) { try SeccompAgent(profile).send(listener: openFile("/dev/null", O_RDWR), of: 34, state: state) }
        #expect(
            error?.description
                == "failed to connect with seccomp agent /tmp/apus-no-such.sock (linux.seccomp.listenerPath): no such file or directory (ENOENT)")
    }
}
