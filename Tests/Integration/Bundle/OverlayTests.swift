import ContainerRuntime
import Glibc
import LinuxSystem
import Testing

/// Overlays of few and of many layers, attached nowhere; one after the other, as each changes the working directory for a moment.
@Suite(.serialized) struct OverlayTests {
    @Test(arguments: [2, 27, 60, 200]) func layers(_ count: Int) throws {
        let bundle = try Bundle()
        let base = "\(bundle.directory)/layers"
        var names: [String] = []
        for index in 0..<count {
            let name = "layer\(1000 + index)"
            try makeDirectories("\(base)/\(name)")
            try replaceFile("\(base)/\(name)/file\(index)", with: [UInt8(index & 255)])
            names.append(name)
        }
        for name in ["upper", "work"] { try makeDirectories("\(bundle.directory)/\(name)") }
        let overlay = OverlayMount(base: base, lower: names, upper: "../upper", work: "../work", isVolatile: true)
        let root = try overlay.mountDetached()
        for index in [0, count / 2, count - 1] { #expect(try readAll(openInRoot(root, "file\(index)", O_RDONLY), name: "file") == [UInt8(index & 255)]) }
        #expect(try !readText("/proc/self/mountinfo").contains(base), "nothing is attached")
    }

    @Test func missingLayerIsNamed() throws {
        let bundle = try Bundle()
        let overlay = OverlayMount(base: bundle.directory, lower: ["nothere", "rootfs"])
        let error = #expect(throws: ApusError.self) { _ = try overlay.mountDetached() }
        // Which of the calls says so is the kernel's affair.
        #expect(error?.description.hasPrefix("cannot mount the root filesystem: overlay") == true && error?.errno == ENOENT)
    }
}
