import CShim
import Glibc
import ImageStore
public import LinuxSystem

/// One end of a copy.
public enum CopyEnd: Sendable {
    /// An absolute path of the host.
    case host(String)
    /// A path in a container.
    case container(ContainerRecord, String)
    /// A tar that is read from or written to this descriptor.
    case stream(Int32, name: String)
}

/// How a copy is made.
public struct CopyOptions: Sendable {
    /// Whether owners stay who they are; else everything belongs to root in a container, and to the caller on the host.
    public var keepsOwners = false
    /// Whether a link as the source stands for what it leads to.
    public var followsLink = false

    /// The defaults.
    public init() {}
}

extension Engine {
    /// Copies a file or a tree between the host and a container, with `docker cp`'s rules about what is called what.
    ///
    /// Nothing of the container is run or loaded for it (CVE-2019-14271).
    ///
    /// - Returns: the bytes of the files; 0 where they came from a stream.
    public func copy(from source: CopyEnd, to destination: CopyEnd, _ options: CopyOptions) throws(ApusError) -> Int {
        switch (source, destination) {
        case (.container(let record, let path), .stream(let fd, let name)):
            let container = try ContainerTree.open(record, self)
            return try pack(path, in: container.tree, of: record, options) { directory, item, entersMount throws(ApusError) in
                try packItem(item, in: directory, to: fd, name: name, entersMount: entersMount)
            }
        case (.stream(let fd, let name), .container(let record, let path)):
            let container = try ContainerTree.open(record, self)
            let place = try TreePath(path).destination(in: container.tree)
            guard place.name == nil else {
                throw ApusError(.notFound, "\(path) in container \(record.name) is no directory", hint: "a tar is unpacked into one that exists")
            }
            try unpackTree(from: fd, name: name, into: place.directory, owner: nil)
            return 0
        case (.container(let record, let path), .host(let target)):
            let container = try ContainerTree.open(record, self)
            let host = try Tree(root: openDirectory("/"), title: nil)
            let owner = options.keepsOwners ? nil : TreeOwner(user: geteuid(), group: getegid())
            return try copy(TreePath(path), in: container.tree, of: record, to: TreePath(target), in: host, owner, options)
        case (.host(let path), .container(let record, let target)):
            let container = try ContainerTree.open(record, self)
            let host = try Tree(root: openDirectory("/"), title: nil)
            let owner = options.keepsOwners ? nil : TreeOwner(user: 0, group: 0)
            return try copy(TreePath(path), in: host, of: nil, to: TreePath(target), in: container.tree, owner, options)
        case (.container, .container): throw ApusError(.notSupported, "copying between containers is not supported")
        default: throw ApusError(.invalidArgument, "must specify at least one container source")
        }
    }

    /// Looks a source up and hands it on with its own name.
    private func pack(
        _ path: String, in tree: borrowing Tree, of record: ContainerRecord?, _ options: CopyOptions,
        _ body: (Int32, CopyItem, @escaping ([UInt8]) -> Bool) throws(ApusError) -> Int
    ) throws(ApusError) -> Int {
        let source = try TreePath(path).source(in: tree, followsLink: options.followsLink)
        let item = CopyItem(name: source.name, memberName: source.base, place: Array(path.utf8))
        return try body(source.directory.raw, item, Self.mountRule(record))
    }

    /// What the user mounted is the container's; what the engine did, such as /proc, is not.
    private static func mountRule(_ record: ContainerRecord?) -> @Sendable ([UInt8]) -> Bool {
        guard let record else { return { _ in true } }
        let targets = record.settings.mounts.map { $0.target.utf8.split(separator: UInt8(ascii: "/")).map(Array.init) }
        return { place in
            let parts = place.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
            return targets.contains { parts.starts(with: $0) }
        }
    }

    private func copy(
        _ path: TreePath, in tree: borrowing Tree, of record: ContainerRecord?, to target: TreePath, in other: borrowing Tree, _ owner: TreeOwner?,
        _ options: CopyOptions
    ) throws(ApusError) -> Int {
        let source = try path.source(in: tree, followsLink: options.followsLink)
        let place = try target.destination(in: other)
        var memberName = source.base
        if let name = place.name {
            if place.isThere && source.isDirectory { throw ApusError(.conflict, "cannot copy a directory to a file: \(target.text) is one") }
            if place.isDirectoryForm && !source.isDirectory {
                throw ApusError(.notFound, "cannot copy to \(target.text): the directory does not exist")
            }
            memberName = name
        }
        let item = CopyItem(name: source.name, memberName: memberName, place: Array(path.text.utf8))
        return try stream(item, from: source.directory.raw, Self.mountRule(record), into: place.directory, owner)
    }

    /// Packs on one thread what another unpacks.
    private func stream(
        _ item: CopyItem, from directory: Int32, _ rule: @escaping @Sendable ([UInt8]) -> Bool, into target: borrowing OwnedFD, _ owner: TreeOwner?
    ) throws(ApusError) -> Int {
        var ends: [Int32] = [-1, -1]
        try systemCall("cannot make a pipe") { unsafe apus_pipe(&ends) }
        let reading = OwnedFD(adopting: ends[0])
        let writing = ends[1]
        let outcome = Promise<Result<Int, ApusError>>()
        let thread = try WorkerThread {
            let end = OwnedFD(adopting: writing)
            do throws(ApusError) {
                outcome.keep(.success(try packItem(item, in: directory, to: end.raw, name: "the pipe", entersMount: rule)))
            } catch {
                outcome.keep(.failure(error))
            }
        }
        var failure: ApusError?
        do throws(ApusError) {
            try unpackTree(from: reading.raw, name: "the pipe", into: target, owner: owner)
        } catch {
            failure = error
        }
        // Nobody reads it any more: a packing that is still going on ends.
        _ = consume reading
        thread.join()
        switch outcome.wait() {
        case .success(let bytes):
            if let failure { throw failure }
            return bytes
        case .failure(let error): throw error.errno == EPIPE ? failure ?? error : error
        }
    }
}
