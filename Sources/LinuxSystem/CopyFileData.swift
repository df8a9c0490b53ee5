import Glibc

/// Copies the data of one open file to another, empty one; holes stay holes (lseek(2), SEEK_DATA).
///
/// - Parameters:
///   - size: how many bytes the source has; where it became shorter meanwhile, so is the copy.
///   - name: the source as a user knows it.
///   - check: called again and again; what it throws ends the copy.
public func copyFileData(
    from source: Int32, to target: Int32, size: Int, name: @autoclosure () -> String, check: () throws(ApusError) -> Void = {}
) throws(ApusError) {
    let (seekData, seekHole): (Int32, Int32) = (3, 4)  // Swift's Glibc does not show the macros
    var end: off_t = 0
    while end < size {
        var start = lseek(source, end, seekData)
        if start < 0 && errno == ENXIO { break }
        start = max(start, end)
        let hole = lseek(source, start, seekHole)
        end = hole > start ? min(hole, size) : size
        try systemCall("cannot seek in the copy of \(name())") { lseek(target, start, SEEK_SET) }
        while start < end {
            try check()
            let part = Int(min(end - start, 64 << 20))
            let count = try systemCall("cannot copy \(name())") { unsafe sendfile(target, source, &start, part) }
            if count == 0 { return }  // it became shorter
        }
    }
    try systemCall("cannot set the length of the copy of \(name())") { ftruncate(target, size) }
}
