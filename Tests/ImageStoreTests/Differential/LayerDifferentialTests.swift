import Glibc
import LinuxSystem
import OCISpec
import Testing

@testable import ImageStore

/// Random layers with whiteouts, opaque directories and links to layers below: merged they are what umoci unpacks.
///
/// APUS_TREES and APUS_SEED choose how many and which, as for whole trees.
@Suite("the same as umoci", .enabled(if: isRoot && installed("umoci"), "needs root and umoci")) struct LayerDifferentialTests {
    private static let count = max(2, TreeDifferentialTests.count / 40)

    @Test(arguments: 0..<count) func mergesTheSame(number: Int) throws {
        let scratch = try Scratch()
        let seed = UInt64(TreeDifferentialTests.seed + number)
        var generator = RandomLayers(seed: seed)
        let image = generator.image(layers: 5)

        try scratch.write("oci.tar", try image.ociArchive("app"))
        try scratch.shell("mkdir layout && tar -C layout -xf oci.tar && umoci unpack --image layout:app bundle")

        var lower = [String]()
        for (index, layer) in image.layers.enumerated() {
            try scratch.write("\(index).tar", layer)
            let directory = "\(scratch.path)/layer\(index)"
            try makeDirectories(directory)
            try unpackLayer("\(scratch.path)/\(index).tar", into: directory, over: lower)
            lower.insert(directory, at: 0)
        }
        try scratch.shell(
            "mkdir empty m merged; unshare -m sh -c 'mount -t overlay -o lowerdir=\(lower.joined(separator: ":")):\(scratch.path)/empty none m && cp -a m/. merged'"
        )
        // umoci does not always set the time of a directory back that another layer put something into.
        let aspects: TreeLook.Aspects = [.accessLists, .otherAttributes]
        let (ours, theirs) = try (TreeLook("\(scratch.path)/merged", aspects), TreeLook("\(scratch.path)/bundle/rootfs", aspects))
        #expect(ours == theirs, "ours | umoci's, APUS_SEED=\(seed):\n\(ours.difference(to: theirs))\n\(generator.log.joined(separator: "\n"))")
        #expect(!ours.lines.isEmpty)
    }
}

/// Makes layers whose members often meet those of the layers below.
private struct RandomLayers {
    private enum Kind { case directory, file, linked, other }

    private var random: SeededGenerator
    /// The merged tree so far.
    private var tree: [String: Kind] = ["": .directory]
    /// What was done, for people.
    private(set) var log: [String] = []

    init(seed: UInt64) { random = SeededGenerator(seed) }

    mutating func image(layers: Int) -> ImageBuilder {
        var image = ImageBuilder()
        for number in 0..<layers {
            log.append("layer \(number):")
            image.layers.append(layer())
        }
        return image
    }

    private mutating func layer() -> [UInt8] {
        var marks = TarBuilder()
        var members = TarBuilder()
        /// Paths that this layer removes, and those that it has itself.
        var (gone, own) = ([String](), Set<String>())
        for _ in 0..<Int.random(in: 4...16, using: &random) {
            let paths = tree.keys.sorted()
            let isFree = { (path: String) in !gone.contains { path == $0 || path.hasPrefix($0 + "/") } }
            let path = paths.randomElement(using: &random) ?? ""
            // No tool removes a name and its directory in one layer.
            let isOwn = own.union(gone).contains { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
            switch Int.random(in: 0...9, using: &random) {
            case 0...1 where !path.isEmpty && !isOwn && isFree(path):
                log.append("  remove \(path)")
                marks.file("\(directory(path))/.wh.\(name(path))")
                gone.append(path)
                remove(path)
            case 2 where !path.isEmpty && !isOwn && isFree(path) && tree[path] == .directory:
                log.append("  opaque \(path)")
                marks.file(".\(path)/.wh..wh..opq")
                remove(path)
                tree[path] = .directory
                own.insert(path)
                describe(path, in: &members)
            case 3 where tree[path] == .file && isFree(path):
                guard let target = newPath(paths.filter(isFree)), tree[target] == nil, isFree(target) else { continue }
                log.append("  link \(target) to \(path)")
                members.hardLink(".\(target)", ".\(path)")
                (tree[target], tree[path]) = (.linked, .linked)
                own.formUnion([target, path])
            case 4 where tree[path] == .directory && isFree(path) && !path.isEmpty:
                log.append("  look of \(path)")
                describe(path, in: &members)
                own.insert(path)
            default:
                guard let target = newPath(paths.filter(isFree)), isFree(target), tree[directory(target, relative: false)] == .directory else { continue }
                add(target, &members, own.union(gone))
                own.insert(target)
            }
        }
        // Marks mean the layers below, wherever they stand.
        var tar = TarBuilder()
        tar.addRaw(Bool.random(using: &random) ? marks.bytes + members.bytes : members.bytes + marks.bytes)
        return tar.closed
    }

    private mutating func add(_ path: String, _ members: inout TarBuilder, _ touched: Set<String>) {
        let kind = Int.random(in: 0...4, using: &random)
        // What this layer put there is not replaced by something else again: umoci and overlayfs differ in what they may keep then.
        if touched.contains(where: { $0 == path || $0.hasPrefix(path + "/") }) { return }
        log.append("  add \(path), kind \(kind)")
        if !(kind == 0 && tree[path] == .directory) { remove(path) }
        switch kind {
        case 0:
            tree[path] = .directory
            describe(path, in: &members)
        case 1:
            tree[path] = .other
            members.symbolicLink(".\(path)", "to-\(Int.random(in: 0...99, using: &random))")
        case 2:
            tree[path] = .other
            members.device(".\(path)", "6", 0, 0)
        default:
            tree[path] = .file
            members.file(
                ".\(path)", "content \(Int.random(in: 0...9999, using: &random))", mode: [0o644, 0o4755, 0o600].randomElement(using: &random) ?? 0,
                owner: Int.random(in: 0...9, using: &random))
        }
    }

    private mutating func describe(_ path: String, in members: inout TarBuilder) {
        members.directory(
            ".\(path)", mode: [0o755, 0o1777, 0o700].randomElement(using: &random) ?? 0, owner: Int.random(in: 0...9, using: &random),
            modified: Int.random(in: 1...1_000_000, using: &random))
    }

    private mutating func newPath(_ paths: [String]) -> String? {
        guard let parent = paths.filter({ tree[$0] == .directory }).randomElement(using: &random) else { return nil }
        return "\(parent)/\(["a", "b", "c", "d"].randomElement(using: &random) ?? "e")"
    }

    private mutating func remove(_ path: String) { tree = tree.filter { $0.key != path && !$0.key.hasPrefix(path + "/") } }
    private func name(_ path: String) -> Substring { path.split(separator: "/").last ?? "" }
    private func directory(_ path: String, relative: Bool = true) -> String { (relative ? "." : "") + path.dropLast(name(path).count + 1) }
}
