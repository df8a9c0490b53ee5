import OCISpec

/// The names of a stack of layers by content (image-spec, config.md, "Layer ChainID"), base layer first: the chain ID of a layer
/// covers all below it, so two images share a directory only where everything under it is the same too.
func chainIDs(_ diffIDs: [Digest]) -> [Digest] {
    var chain = [Digest]()
    for diffID in diffIDs {
        chain.append(chain.last.map { Sha256.digest(of: Array("\($0) \(diffID)".utf8)) } ?? diffID)
    }
    return chain
}
