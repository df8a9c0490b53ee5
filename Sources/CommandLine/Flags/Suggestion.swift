/// The candidate that a mistyped word most likely meant: it begins with the word, or at most two letters (one in a short word) are wrong, missing, added or swapped.
func suggestion(for word: String, among candidates: [String]) -> String? {
    // The distance takes the product of the lengths; nobody mistypes a word this long.
    guard !word.isEmpty, word.utf8.count <= 40 else { return nil }
    let limit = word.utf8.count < 4 ? 1 : 2
    var best: (distance: Int, word: String)?
    for candidate in candidates where candidate != word {
        let distance = word.utf8.count > 2 && candidate.hasPrefix(word) ? 1 : editDistance(Array(word.utf8), Array(candidate.utf8))
        if distance <= limit, distance < best?.distance ?? Int.max { best = (distance, candidate) }
    }
    return best?.word
}

/// Damerau's distance (optimal string alignment) of two texts.
func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var distance = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { distance = min(distance, beforeLast[j - 1] + 1) }
            row.append(distance)
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}
