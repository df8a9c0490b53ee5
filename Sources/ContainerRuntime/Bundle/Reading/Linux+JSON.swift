import JSONCoding
import LinuxSystem
import OCISpec

extension Linux {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            uidMappings: try json.objects("uidMappings", LinuxIDMapping.init), gidMappings: try json.objects("gidMappings", LinuxIDMapping.init),
            sysctl: try json.stringMap("sysctl"), resources: try json.object("resources", LinuxResources.init), cgroupsPath: try json.string("cgroupsPath"),
            namespaces: try json.objects("namespaces", LinuxNamespace.init), devices: try json.objects("devices", LinuxDevice.init),
            netDevices: try json.objectMap("netDevices", LinuxNetDevice.init), seccomp: try json.object("seccomp", LinuxSeccomp.init),
            rootfsPropagation: try json.string("rootfsPropagation"), maskedPaths: try json.strings("maskedPaths"),
            readonlyPaths: try json.strings("readonlyPaths"), mountLabel: try json.string("mountLabel"),
            intelRdt: try json.object("intelRdt", LinuxIntelRdt.init), memoryPolicy: try json.object("memoryPolicy", LinuxMemoryPolicy.init),
            personality: try json.object("personality", LinuxPersonality.init), timeOffsets: try json.objectMap("timeOffsets", LinuxTimeOffset.init))
    }
}

extension LinuxNamespace {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(type: try json.requiredString("type"), path: try json.string("path"))
    }
}

extension LinuxIDMapping {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            containerID: try json.requiredInteger("containerID"), hostID: try json.requiredInteger("hostID"), size: try json.requiredInteger("size"))
    }
}

extension LinuxDevice {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            path: try json.requiredString("path"), type: try json.requiredString("type"), major: try json.integer("major"),
            minor: try json.integer("minor"), fileMode: try json.integer("fileMode"), uid: try json.integer("uid"), gid: try json.integer("gid"))
    }
}

extension LinuxNetDevice {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(name: try json.string("name"))
    }
}

extension LinuxSeccomp {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            defaultAction: try json.requiredString("defaultAction"), defaultErrnoRet: try json.integer("defaultErrnoRet"),
            architectures: try json.strings("architectures"), flags: try json.strings("flags"), listenerPath: try json.string("listenerPath"),
            listenerMetadata: try json.string("listenerMetadata"), syscalls: try json.objects("syscalls", LinuxSyscall.init))
    }
}

extension LinuxSyscall {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            names: try json.requiredStrings("names"), action: try json.requiredString("action"), errnoRet: try json.integer("errnoRet"),
            args: try json.objects("args", LinuxSeccompArg.init))
    }
}

extension LinuxSeccompArg {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            index: try json.requiredInteger("index"), value: try json.requiredInteger("value"), valueTwo: try json.integer("valueTwo"),
            op: try json.requiredString("op"))
    }
}

extension LinuxIntelRdt {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            closID: try json.string("closID"), schemata: try json.strings("schemata"), l3CacheSchema: try json.string("l3CacheSchema"),
            memBwSchema: try json.string("memBwSchema"), enableMonitoring: try json.bool("enableMonitoring"))
    }
}

extension LinuxMemoryPolicy {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(mode: try json.requiredString("mode"), nodes: try json.string("nodes"), flags: try json.strings("flags"))
    }
}

extension LinuxPersonality {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(domain: try json.requiredString("domain"), flags: try json.strings("flags"))
    }
}

extension LinuxTimeOffset {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(secs: try json.integer("secs"), nanosecs: try json.integer("nanosecs"))
    }
}
