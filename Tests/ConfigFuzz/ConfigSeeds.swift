import JSONCoding
import LinuxSystem
import OCISpec

/// Valid configurations that the fuzzer starts from.
public enum ConfigSeeds {
    static func all() throws(ApusError) -> [String] {
        let example = Spec.example(cgroupNamespace: true)
        var texts = [everyField, container]
        for spec in [example, example.rootless(uid: 1000, gid: 1000)] { texts.append(String(decoding: try writeJSON(spec), as: UTF8.self)) }
        return texts
    }

    /// A container as an engine starts it: limits, devices, hooks, filter, user namespace.
    static let container = """
        {"ociVersion":"1.0.2-dev","process":{"terminal":true,"consoleSize":{"height":50,"width":120},"user":{"uid":1000,"gid":1000,"umask":18,
        "additionalGids":[10,20]},"args":["/bin/sh","-c","exec sleep 1"],"env":["PATH=/bin","HOME=/","A=b=c"],"cwd":"/srv","capabilities":{
        "bounding":["CAP_CHOWN","CAP_KILL"],"effective":["CAP_KILL"],"permitted":["CAP_KILL"],"inheritable":[],"ambient":[]},"rlimits":[
        {"type":"RLIMIT_NOFILE","hard":1024,"soft":512},{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":0}],"noNewPrivileges":true,
        "oomScoreAdj":100,"scheduler":{"policy":"SCHED_DEADLINE","flags":["SCHED_FLAG_RECLAIM"],"runtime":1000000,"deadline":2000000,"period":2000000},
        "ioPriority":{"class":"IOPRIO_CLASS_RT","priority":2},"execCPUAffinity":{"initial":"0-1","final":"1"}},
        "root":{"path":"/var/lib/r","readonly":false},"hostname":"h","domainname":"d","mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["nosuid","strictatime","mode=755","size=65536k"]},
        {"destination":"/data","type":"bind","source":"/srv/data","options":["rbind","rro","rprivate"]},
        {"destination":"/one","type":"none","source":"/srv/one","options":["bind","ro","nosuid","nodev","noexec","noatime","slave"]},
        {"destination":"/tmp","type":"tmpfs","source":"tmpfs","options":["tmpcopyup","nodiratime","relatime"]},
        {"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup","options":["ro","nosuid"]}],
        "hooks":{"createRuntime":[{"path":"/bin/true","args":["true"],"env":["X=1"],"timeout":5}],"poststop":[{"path":"/bin/true"}]},
        "annotations":{"a.b":"c"},"linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"uts"},{"type":"ipc"},{"type":"network"},{"type":"cgroup"},
        {"type":"user"},{"type":"time"}],"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],
        "gidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"timeOffsets":{"boottime":{"secs":10,"nanosecs":1},"monotonic":{"secs":-1}},
        "sysctl":{"net.ipv4.ip_forward":"1","kernel/msgmax":"65536"},"cgroupsPath":"system.slice:apus:x","devices":[
        {"path":"/dev/x","type":"b","major":8,"minor":1,"fileMode":432,"uid":1,"gid":2},{"path":"/dev/net/tun","type":"c","major":10,"minor":200}],
        "resources":{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"b","major":8,"minor":1,"access":"rwm"},{"allow":true,"type":"c","major":-1,"minor":-1}],
        "memory":{"limit":268435456,"reservation":134217728,"swap":536870912,"swappiness":10},"cpu":{"shares":512,"quota":50000,"period":100000,"burst":1000,
        "cpus":"0-1","mems":"0","idle":0},"pids":{"limit":100},"blockIO":{"weight":100,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":1048576}],
        "throttleWriteIOPSDevice":[{"major":8,"minor":0,"rate":100}]},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],
        "rdma":{"mlx5_0":{"hcaHandles":2}},"unified":{"memory.high":"100000000","pids.max":"max"}},"rootfsPropagation":"rprivate",
        "maskedPaths":["/proc/kcore"],"readonlyPaths":["/proc/sys"],"personality":{"domain":"LINUX"},"memoryPolicy":{"mode":"MPOL_INTERLEAVE","nodes":"0","flags":[]},
        "seccomp":{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],"syscalls":[{"names":["getcwd","chmod"],"action":"SCMP_ACT_ERRNO",
        "errnoRet":38,"args":[{"index":1,"value":2080505856,"valueTwo":0,"op":"SCMP_CMP_MASKED_EQ"}]}]}}}
        """

    /// A configuration that has every object of the specification once.
    public static let everyField = """
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
}
