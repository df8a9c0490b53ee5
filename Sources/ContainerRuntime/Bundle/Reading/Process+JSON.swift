import JSONCoding
import LinuxSystem
import OCISpec

extension Process {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            terminal: try json.bool("terminal"), consoleSize: try json.object("consoleSize", Box.init), user: try json.object("user", User.init) ?? User(),
            args: try json.strings("args"), env: try json.strings("env"), cwd: try json.requiredString("cwd"),
            capabilities: try json.object("capabilities", LinuxCapabilities.init), rlimits: try json.objects("rlimits", POSIXRlimit.init),
            noNewPrivileges: try json.bool("noNewPrivileges"), apparmorProfile: try json.string("apparmorProfile"),
            oomScoreAdj: try json.integer("oomScoreAdj"), scheduler: try json.object("scheduler", Scheduler.init),
            selinuxLabel: try json.string("selinuxLabel"), ioPriority: try json.object("ioPriority", LinuxIOPriority.init),
            execCPUAffinity: try json.object("execCPUAffinity", CPUAffinity.init))
    }
}

extension Box {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(height: try json.requiredInteger("height"), width: try json.requiredInteger("width"))
    }
}

extension User {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            uid: try json.integer("uid") ?? 0, gid: try json.integer("gid") ?? 0, umask: try json.integer("umask"),
            additionalGids: try json.integers("additionalGids"))
    }
}

extension LinuxCapabilities {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            bounding: try json.strings("bounding"), effective: try json.strings("effective"), inheritable: try json.strings("inheritable"),
            permitted: try json.strings("permitted"), ambient: try json.strings("ambient"))
    }
}

extension POSIXRlimit {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(type: try json.requiredString("type"), hard: try json.requiredInteger("hard"), soft: try json.requiredInteger("soft"))
    }
}

extension Scheduler {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            policy: try json.requiredString("policy"), nice: try json.integer("nice"), priority: try json.integer("priority"),
            flags: try json.strings("flags"), runtime: try json.integer("runtime"), deadline: try json.integer("deadline"),
            period: try json.integer("period"))
    }
}

extension LinuxIOPriority {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(class: try json.requiredString("class"), priority: try json.integer("priority") ?? 0)
    }
}

extension CPUAffinity {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(initial: try json.string("initial"), final: try json.string("final"))
    }
}
