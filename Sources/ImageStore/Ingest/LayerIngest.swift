import Glibc
import LinuxSystem
import OCISpec

/// Reads all layers of an archive, several at a time.
struct LayerIngest {
    /// More threads than this wait for the disk and not for processors.
    private static let threadLimit = 8

    let reader: LayerReader
    /// Layers that are unpacked though the store has them.
    private let again: Set<Digest>
    /// New layers by chain ID, and new blobs by digest: directories and files in the workspace.
    private(set) var layers: [Digest: UnpackedLayer] = [:]
    private(set) var blobs: [Digest: String] = [:]

    init(_ reader: LayerReader, again: Set<Digest> = []) {
        self.reader = reader
        self.again = again
    }

    /// Makes sure that every layer of these images is unpacked and its blob kept, here or in the store already.
    ///
    /// - Parameter images: the layers of each, base layer first.
    /// - Returns: the blobs' descriptors of each image.
    mutating func take(_ images: [[PlannedLayer]]) throws(ApusError) -> [[Descriptor]] {
        var jobs = [LayerJob]()
        let positions = plan(images, &jobs)
        reader.meter.expect(jobs.reduce(0) { $0 + $1.layer.file.size })
        run(jobs)
        try reader.budget.cancellation.check()
        var descriptors = [Descriptor]()
        for job in jobs { descriptors.append(keep(try job.reading(), of: job)) }
        return positions.map { $0.map { descriptors[$0] } }
    }

    /// Takes the tar of a root filesystem, whose digests are known only in the end.
    mutating func takeRootfs(_ source: any ByteSource, _ compression: Compression) throws(ApusError) -> LayerReader.Reading {
        let none = LowerLayers(directories: [])
        let reading = try reader.read(source, compression, size: nil, adopting: nil, keeping: nil, over: none, needsEndMarker: true)
        layers[reading.diffID] = reading.layer
        blobs[reading.blob.digest] = reading.blobPath
        return reading
    }

    /// One job for each layer, also where several images share it; answers the place in `jobs` of each layer of each image.
    private func plan(_ images: [[PlannedLayer]], _ jobs: inout [LayerJob]) -> [[Int]] {
        var known = [String: Int]()
        var unpackers = [Digest: LayerJob]()
        var positions = [[Int]]()
        for layers in images {
            let chain = chainIDs(layers.map(\.diffID))
            var own = [Int]()
            for (index, layer) in layers.enumerated() {
                let chainID = chain[index]
                let key = "\(chainID) \(layer.descriptor?.digest.description ?? "\(layer.file.container.name) \(layer.file.offset)")"
                if let position = known[key] {
                    own.append(position)
                    continue
                }
                let place = "layer \(index + 1) of \(layers.count)"
                let job = LayerJob(
                    layer, chain: Array(chain[...index]), place: place, below: unpackers, twin: unpackers[chainID], again: again.contains(chainID))
                if unpackers[chainID] == nil { unpackers[chainID] = job }
                known[key] = jobs.count
                own.append(jobs.count)
                jobs.append(job)
            }
            positions.append(own)
        }
        return positions
    }

    /// Runs the jobs in their order on some threads: one that waits only waits for an earlier one, which runs or has run.
    private func run(_ jobs: [LayerJob]) {
        let queue = WorkQueue(jobs.count) { [reader] index in jobs[index].run(reader) }
        let count = min(jobs.count, 2 * sysconf(Int32(_SC_NPROCESSORS_ONLN)), Self.threadLimit)
        // A thread that cannot be started is one less; this one is always there.
        let threads = (1..<max(1, count)).compactMap { _ in try? WorkerThread { queue.run() } }
        queue.run()
        for thread in threads { thread.join() }
    }

    private mutating func keep(_ reading: LayerReader.Reading?, of job: LayerJob) -> Descriptor {
        if let layer = reading?.layer { layers[job.chainID] = layer }
        if let reading, let path = reading.blobPath { blobs[reading.blob.digest] = path }
        let known = job.layer.descriptor ?? reading?.blob
        return known ?? Descriptor(mediaType: .layer, digest: job.layer.diffID, size: job.layer.file.size)
    }
}
