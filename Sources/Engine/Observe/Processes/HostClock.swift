import Glibc
import LinuxSystem

/// What turns the kernel's clock ticks into times of day.
struct HostClock {
    /// Seconds since 1970 at boot.
    var boot: Int
    /// Seconds since boot.
    var uptime: Double
    var ticksPerSecond: UInt64
    /// Seconds since 1970.
    var now: Int

    init(boot: Int, uptime: Double, ticksPerSecond: UInt64, now: Int) {
        self.boot = boot
        self.uptime = uptime
        self.ticksPerSecond = ticksPerSecond
        self.now = now
    }

    init() throws(ApusError) {
        let words = try readText("/proc/uptime").split(separator: " ")
        uptime = words.first.flatMap { Double($0) } ?? 0
        now = Timestamp.now().seconds
        boot = now - Int(max(0, min(uptime, 1e12)))
        ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// When a process was started, in the host's time zone: `19:10` today, `Nov24` this year, else the year.
    func startTime(_ ticks: UInt64) -> String {
        let seconds = boot + Int(clamping: ticks / ticksPerSecond)
        guard let start = Self.civil(seconds), let today = Self.civil(now) else { return "?" }
        if start.year != today.year { return String(start.year) }
        return start.day == today.day ? start.time : start.date
    }

    private static func civil(_ seconds: Int) -> (year: Int, day: Int, time: String, date: String)? {
        var moment = time_t(seconds)
        var civil = unsafe tm()
        guard unsafe localtime_r(&moment, &civil) != nil else { return nil }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return unsafe (
            Int(civil.tm_year) + 1900, Int(civil.tm_yday), "\(two(civil.tm_hour)):\(two(civil.tm_min))",
            months[Int(civil.tm_mon) % 12] + two(civil.tm_mday)
        )
    }
}

/// The names of the host's users (passwd(5)).
struct HostUsers {
    private var names: [UInt32: String] = [:]

    init(passwd: [UInt8]) {
        for line in passwd.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: ":"), maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count > 2, let uid = UInt32(String(decoding: fields[2], as: UTF8.self)), names[uid] == nil else { continue }
            names[uid] = String(decoding: fields[0], as: UTF8.self)
        }
    }

    /// The name of a user; the number where there is none.
    func name(_ uid: UInt32) -> String { names[uid] ?? String(uid) }
}
