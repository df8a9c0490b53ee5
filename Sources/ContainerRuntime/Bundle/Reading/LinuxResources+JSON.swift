import JSONCoding
import LinuxSystem
import OCISpec

extension LinuxResources {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            devices: try json.objects("devices", LinuxDeviceCgroup.init), memory: try json.object("memory", LinuxMemory.init),
            cpu: try json.object("cpu", LinuxCPU.init), pids: try json.object("pids", LinuxPids.init),
            blockIO: try json.object("blockIO", LinuxBlockIO.init), hugepageLimits: try json.objects("hugepageLimits", LinuxHugepageLimit.init),
            network: try json.object("network", LinuxNetwork.init), rdma: try json.objectMap("rdma", LinuxRdma.init),
            unified: try json.stringMap("unified"))
    }
}

extension LinuxDeviceCgroup {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            allow: try json.requiredBool("allow"), type: try json.string("type"), major: try json.integer("major"), minor: try json.integer("minor"),
            access: try json.string("access"))
    }
}

extension LinuxMemory {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            limit: try json.integer("limit"), reservation: try json.integer("reservation"), swap: try json.integer("swap"),
            kernel: try json.integer("kernel"), kernelTCP: try json.integer("kernelTCP"), swappiness: try json.integer("swappiness"),
            disableOOMKiller: try json.bool("disableOOMKiller"), useHierarchy: try json.bool("useHierarchy"),
            checkBeforeUpdate: try json.bool("checkBeforeUpdate"))
    }
}

extension LinuxCPU {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            shares: try json.integer("shares"), quota: try json.integer("quota"), burst: try json.integer("burst"), period: try json.integer("period"),
            realtimeRuntime: try json.integer("realtimeRuntime"), realtimePeriod: try json.integer("realtimePeriod"), cpus: try json.string("cpus"),
            mems: try json.string("mems"), idle: try json.integer("idle"))
    }
}

extension LinuxPids {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(limit: try json.integer("limit"))
    }
}

extension LinuxBlockIO {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            weight: try json.integer("weight"), leafWeight: try json.integer("leafWeight"),
            weightDevice: try json.objects("weightDevice", LinuxWeightDevice.init),
            throttleReadBpsDevice: try json.objects("throttleReadBpsDevice", LinuxThrottleDevice.init),
            throttleWriteBpsDevice: try json.objects("throttleWriteBpsDevice", LinuxThrottleDevice.init),
            throttleReadIOPSDevice: try json.objects("throttleReadIOPSDevice", LinuxThrottleDevice.init),
            throttleWriteIOPSDevice: try json.objects("throttleWriteIOPSDevice", LinuxThrottleDevice.init))
    }
}

extension LinuxWeightDevice {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(
            major: try json.requiredInteger("major"), minor: try json.requiredInteger("minor"), weight: try json.integer("weight"),
            leafWeight: try json.integer("leafWeight"))
    }
}

extension LinuxThrottleDevice {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(major: try json.requiredInteger("major"), minor: try json.requiredInteger("minor"), rate: try json.requiredInteger("rate"))
    }
}

extension LinuxHugepageLimit {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(pageSize: try json.requiredString("pageSize"), limit: try json.requiredInteger("limit"))
    }
}

extension LinuxNetwork {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(classID: try json.integer("classID"), priorities: try json.objects("priorities", LinuxInterfacePriority.init))
    }
}

extension LinuxInterfacePriority {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(name: try json.requiredString("name"), priority: try json.requiredInteger("priority"))
    }
}

extension LinuxRdma {
    init(_ json: JSONObject) throws(ApusError) {
        self.init(hcaHandles: try json.integer("hcaHandles"), hcaObjects: try json.integer("hcaObjects"))
    }
}
