import FoundationEssentials
import JSONCoding
import LinuxSystem
import OCISpec
import Testing

/// A configuration that has every object of the specification once.
let fullConfig = """
    {"ociVersion":"1.3.0","hostname":"box","domainname":"example","root":{"path":"rootfs","readonly":true},
    "process":{"terminal":true,"consoleSize":{"height":25,"width":80},"user":{"uid":1,"gid":2,"umask":18,"additionalGids":[5,6]},
      "args":["sh","-c","true"],"env":["PATH=/bin"],"cwd":"/","capabilities":{"bounding":["CAP_CHOWN"],"ambient":["CAP_KILL"]},
      "rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":1024}],"noNewPrivileges":true,"apparmorProfile":"a",
      "oomScoreAdj":-10,"scheduler":{"policy":"SCHED_BATCH","nice":5,"flags":["SCHED_FLAG_RESET_ON_FORK"]},"selinuxLabel":"l",
      "ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4},"execCPUAffinity":{"initial":"0","final":"0-1,3"}},
    "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"],
      "uidMappings":[{"containerID":0,"hostID":1,"size":2}],"gidMappings":[{"containerID":0,"hostID":1,"size":2}]}],
    "hooks":{"prestart":[{"path":"/bin/a","args":["a"],"env":["X=1"],"timeout":3}],"poststop":[{"path":"/bin/b"}]},
    "annotations":{"k":"v"},
    "linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],
      "sysctl":{"net.ipv4.ip_forward":"1"},"cgroupsPath":"/a/b","namespaces":[{"type":"user"},{"type":"uts"},{"type":"time"},
      {"type":"network","path":"/proc/1/ns/net"}],"devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438,"uid":0,"gid":0},
      {"path":"/dev/pipe","type":"p"}],"netDevices":{"eth1":{"name":"eth0"}},"rootfsPropagation":"rslave","maskedPaths":["/proc/kcore"],
      "readonlyPaths":["/proc/sys"],"mountLabel":"m","intelRdt":{"closID":"x","schemata":["L3:0=f"],"enableMonitoring":true},
      "memoryPolicy":{"mode":"MPOL_BIND","nodes":"0","flags":["MPOL_F_STATIC_NODES"]},"personality":{"domain":"LINUX32"},
      "timeOffsets":{"monotonic":{"secs":-5,"nanosecs":7}},
      "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_X86_64"],"flags":["SECCOMP_FILTER_FLAG_LOG"],
        "listenerPath":"/s","listenerMetadata":"d","syscalls":[{"names":["clone"],"action":"SCMP_ACT_ALLOW","errnoRet":1,
        "args":[{"index":0,"value":18446744073709551615,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}]},
      "resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}],
        "memory":{"limit":-1,"reservation":1,"swap":9223372036854775807,"kernel":0,"kernelTCP":0,"swappiness":60,"disableOOMKiller":false,
          "useHierarchy":true,"checkBeforeUpdate":true},
        "cpu":{"shares":1024,"quota":-1,"burst":0,"period":100000,"realtimeRuntime":0,"realtimePeriod":0,"cpus":"0-1","mems":"0","idle":0},
        "pids":{"limit":-1},"blockIO":{"weight":10,"leafWeight":1000,"weightDevice":[{"major":8,"minor":0,"weight":500}],
          "throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1}],"throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":2}]},
        "hugepageLimits":[{"pageSize":"2MB","limit":9}],"network":{"classID":1,"priorities":[{"name":"eth0","priority":3}]},
        "rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":4}},"unified":{"memory.high":"1"}}}}
    """

@Suite struct ModelTests {
    /// JSON text without regard to the order of keys.
    private func object(_ data: Data) throws -> JSON { try JSONDecoder().decode(JSON.self, from: data) }

    @Test func everyFieldSurvivesARoundTrip() throws {
        let data = Data(fullConfig.utf8)
        let spec = try JSONDecoder().decode(Spec.self, from: data)
        #expect(try object(JSONEncoder().encode(spec)) == object(data))
        #expect(try readJSON(Spec.self, from: Array(fullConfig.utf8), name: "config.json") == spec)
        #expect(spec.process?.rlimits?.first?.hard == .max)
        #expect(spec.linux?.seccomp?.syscalls?.first?.args?.first?.value == .max)
        #expect(spec.linux?.resources?.memory?.swap == .max)
    }

    @Test func unknownFieldsAreIgnoredAndNullIsNothing() throws {
        let text = #"{"ociVersion":"1.0.0","future":{"a":[1]},"process":null,"root":{"path":"r","later":1},"linux":{"resources":null,"x":0}}"#
        let spec = try JSONDecoder().decode(Spec.self, from: Data(text.utf8))
        #expect(spec == Spec(ociVersion: "1.0.0", root: Root(path: "r"), linux: Linux()))
        #expect(try readJSON(Spec.self, from: Array(text.utf8), name: "config.json") == spec)
    }

    @Test func absentFieldsAreNotWritten() throws {
        let data = try JSONEncoder().encode(Spec(ociVersion: "1.3.0"))
        #expect(String(decoding: data, as: UTF8.self) == #"{"ociVersion":"1.3.0"}"#)
    }

    @Test(arguments: [#"{}"#, #"{"ociVersion":1}"#, #"{"ociVersion":"1.0.0","linux":{"resources":{"cpu":{"shares":-1}}}}"#, "[", ""])
    func wrongShapesThrow(_ text: String) {
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Spec.self, from: Data(text.utf8)) }
        #expect(throws: ApusError.self) { try readJSON(Spec.self, from: Array(text.utf8), name: "config.json") }
    }

    @Test func stateRoundTrip() throws {
        let state = State(ociVersion: "1.3.0", id: "a", status: "running", pid: 7, bundle: "/b", annotations: ["k": "v"])
        #expect(try JSONDecoder().decode(State.self, from: JSONEncoder().encode(state)) == state)
    }
}

/// Any JSON value, to compare two texts.
indirect enum JSON: Decodable, Equatable {
    case object([String: JSON]), array([JSON]), text(String), signed(Int64), unsigned(UInt64), truth(Bool)

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let truth = try? value.decode(Bool.self) {
            self = .truth(truth)
        } else if let number = try? value.decode(Int64.self) {
            self = .signed(number)
        } else if let number = try? value.decode(UInt64.self) {
            self = .unsigned(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let items = try? value.decode([JSON].self) {
            self = .array(items)
        } else {
            self = .object(try value.decode([String: JSON].self))
        }
    }
}
