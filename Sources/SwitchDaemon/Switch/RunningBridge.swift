import SwitchControl
import SwitchCore

/// A bridge of the running switch: what users want of it, beside the tables that `VirtualSwitch` holds.
final class RunningBridge {
    var settings: BridgeSettings
    var mirrors: [String: MirrorSettings] = [:]
    var meters: [UInt32: MeterSettings] = [:]
    /// Put by users.
    var staticMACs: [MACEntry] = []

    init(_ settings: BridgeSettings) { self.settings = settings }

    var name: String { settings.name }

    /// As the slow path sees it.
    var configuration: BridgeConfiguration {
        var configuration = BridgeConfiguration(name: settings.name)
        configuration.macAgeing = UInt64(settings.macAgeing) * 1_000_000_000
        configuration.macLimit = Int(settings.macLimit)
        configuration.isSecure = settings.isSecure
        return configuration
    }
}
