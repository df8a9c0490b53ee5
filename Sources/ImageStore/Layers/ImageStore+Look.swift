public import LinuxSystem

extension ImageStore {
    /// Whether an image has something at an absolute path that is no directory; links on the way are not followed.
    public func hasFile(_ path: String, in image: ResolvedImage) throws(ApusError) -> Bool {
        let layers = LowerLayers(directories: image.layers.map { "\(image.layerBase)/\($0)" })
        let names = path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
        guard let found = try layers.find(LayerPath(components: names)) else { return false }
        return !found.status.isDirectory
    }
}
