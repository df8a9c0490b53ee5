import ContainerRuntime
import Glibc
import LinuxSystem
import OCISpec

/// A root filesystem of busybox in a directory of its own, removed with the value.
final class Bundle {
    let directory: String
    var rootfs: String { directory + "/rootfs" }

    init() throws {
        var template = Array("\(Apus.temporary)/apus-bundle-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw ApusError(errno: errno, "cannot make a scratch directory") }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for name in ["bin", "proc", "sys", "dev", "etc", "tmp"] { try makeDirectories("\(rootfs)/\(name)") }
        try replaceFile("\(rootfs)/bin/busybox", with: readFile("/bin/busybox"), mode: 0o755)
        for applet in ["sh", "cat", "ls", "id", "true", "false", "sleep", "echo", "mount", "hostname", "ps", "stat", "kill", "touch", "head", "readlink"] {
            _ = unsafe symlink("busybox", "\(rootfs)/bin/\(applet)")
        }
    }

    deinit { try? removeTree(directory) }

    /// A specification as an engine would write it, small.
    func spec(_ arguments: [String]) -> Spec {
        var spec = Spec(ociVersion: "1.3.0")
        spec.root = Root(path: rootfs)
        spec.hostname = "bundle"
        spec.process = Process(user: User(), args: arguments, env: ["PATH=/bin"], cwd: "/")
        spec.mounts = [
            Mount(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
            Mount(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
        ]
        var linux = Linux()
        linux.namespaces = ["pid", "network", "ipc", "uts", "mount"].map { LinuxNamespace(type: $0) }
        linux.maskedPaths = ["/proc/kcore", "/proc/acpi", "/proc/keys"]
        linux.readonlyPaths = ["/proc/sys", "/proc/irq"]
        spec.linux = linux
        return spec
    }
}

/// What a program in a bundle wrote and how it ended.
struct Outcome: Equatable {
    var output = ""
    var errorOutput = ""
    var code: Int32 = -1
}

/// Runs a specification through plan and monitor, the way `apus run` does, without cgroups.
func run(_ spec: Spec, _ context: PlanContext = PlanContext(), input: String? = nil) throws(ApusError) -> Outcome {
    var context = context
    if input != nil { context.flags.formUnion([.openStdin, .stdinOnce]) }
    let plan = try PlanCompiler.start(spec, context)
    let root = try DetachedMount.copy(spec.root?.path ?? "/", isRecursive: false)
    var given = PlanDescriptors.Given()
    given.root = root.raw
    let descriptors = try PlanDescriptors(for: plan, given: given)
    let connection = try Monitor(program: monitorPath).start(plan, descriptors: descriptors.numbers)
    var outcome = Outcome()
    while true {
        switch try connection.receive() {
        case .started:
            if let input {
                _ = try connection.sendInput(Array(input.utf8)[...])
                _ = try connection.sendInputEnd()
            }
        case .failed(let step, let number): throw plan.failure(step: step, errno: number)
        case .output(let bytes): outcome.output += String(decoding: bytes, as: UTF8.self)
        case .errorOutput(let bytes): outcome.errorOutput += String(decoding: bytes, as: UTF8.self)
        case .ended(let code, _):
            outcome.code = code
            return outcome
        case .closed: return outcome
        case .sync, .console, .seccompListener: throw ApusError(.system, "the monitor asks, and this test has no answer")
        }
    }
}

/// The monitor that `make build` made.
let monitorPath: String = {
    if let path = unsafe getenv("APUS_BIN") { return unsafe String(cString: path) + "/apus-monitor" }
    return (try? readLink("/proc/self/cwd")).map { "\($0)/bin/apus-monitor" } ?? "bin/apus-monitor"
}()
