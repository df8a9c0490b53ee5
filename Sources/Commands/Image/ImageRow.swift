import CommandLine
import ImageStore
import LinuxSystem
import OCISpec

/// An image as `images` shows it.
enum ImageRow {
    static func listing(digests: Bool) -> Listing {
        let digest = Listing.Column("Digest", "DIGEST")
        let names = [Listing.Column("Repository", "REPOSITORY"), Listing.Column("Tag", "TAG")]
        let rest = [
            Listing.Column("ID", "IMAGE ID", .identifier), Listing.Column("CreatedSince", "CREATED"), Listing.Column("Size", "SIZE"),
        ]
        return Listing(
            columns: names + (digests ? [digest] : []) + rest,
            others: (digests ? [] : [digest]) + [
                Listing.Column("CreatedAt", "CREATED AT"), Listing.Column("Containers", "CONTAINERS"), Listing.Column("SharedSize", "SHARED SIZE"),
                Listing.Column("UniqueSize", "UNIQUE SIZE"), Listing.Column("VirtualSize", "VIRTUAL SIZE"),
            ])
    }

    /// The row of an image's name.
    ///
    /// What Docker does not count for its lists is not counted here either.
    static func value(_ image: ImageSummary, now: Timestamp) -> Value {
        let size = Value.string(humanSize(Double(image.size), precision: 3))
        return .object([
            ("Containers", "N/A"),
            ("CreatedAt", .string(image.created?.local ?? "N/A")),
            ("CreatedSince", .string(image.created.map { "\(humanDuration(seconds: $0.interval(to: now))) ago" } ?? "N/A")),
            ("Digest", .string(image.manifestDigest.description)),
            ("ID", .string(image.id.description)),
            ("Repository", .string(image.repository ?? "<none>")),
            ("SharedSize", "N/A"),
            ("Size", size),
            ("Tag", .string(image.tag ?? "<none>")),
            ("UniqueSize", "N/A"),
            ("VirtualSize", size),
        ])
    }
}
