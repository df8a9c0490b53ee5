/// A time span in words as Docker has them: `Less than a second`, `About a minute`, `3 hours`, `2 weeks`.
///
/// `Up ` before it or ` ago` behind it make Docker's columns.
public func humanDuration(seconds: Double) -> String {
    guard seconds.isFinite else { return "a long time" }
    let whole = Int(clamping: Int64(max(-1e15, min(seconds, 1e15))))
    let hours = Int(Double(whole) / 3600 + 0.5)
    switch whole {
    case ..<1: return "Less than a second"
    case 1: return "1 second"
    case ..<60: return "\(whole) seconds"
    case ..<120: return "About a minute"
    case ..<3600: return "\(whole / 60) minutes"
    default: break
    }
    return switch hours {
    case 1: "About an hour"
    case ..<48: "\(hours) hours"
    case ..<(24 * 7 * 2): "\(hours / 24) days"
    case ..<(24 * 30 * 2): "\(hours / 24 / 7) weeks"
    case ..<(24 * 365 * 2): "\(hours / 24 / 30) months"
    default: "\(whole / 3600 / 24 / 365) years"
    }
}
