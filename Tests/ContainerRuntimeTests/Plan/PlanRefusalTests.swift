import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// What cannot be done is refused by the field's name, never ignored.
@Suite struct PlanRefusalTests {
    private func sentence(_ change: (inout Spec) -> Void) -> String? {
        var spec = sampleSpec()
        change(&spec)
        do throws(ApusError) {
            _ = try PlanCompiler.start(spec, sampleContext())
            return nil
        } catch {
            return error.description
        }
    }

    @Test func unsupportedFields() {
        #expect(
            sentence { $0.linux?.personality = LinuxPersonality(domain: "LINUX32", flags: ["X"]) }
                == "linux.personality.flags: no flag is supported, got \"X\"")
        #expect(sentence { $0.mounts?[0].options = ["tmpcopyup"] } == "mounts[0].options: tmpcopyup needs a tmpfs")
        let bare = "mounts[3].options: idmap needs uidMappings and gidMappings, or a user namespace"
        #expect(sentence { $0.mounts?[3].options = ["bind", "idmap"] } == bare)
        #expect(
            sentence { $0.mounts?[1].destination = "/x/../" }
                == "mounts[1].destination: nothing can be mounted over the root filesystem; name it in root.path")
    }

    @Test func wrongValues() {
        #expect(sentence { $0.process = nil } == "process is missing")
        #expect(
            sentence { $0.linux?.namespaces = [LinuxNamespace(type: "pid"), LinuxNamespace(type: "uts")] }
                == "linux.namespaces: a container needs a new mount namespace")
        #expect(sentence { $0.mounts?[3].source = "relative" } == "mounts[3].source must be an absolute path, got \"relative\"")
        #expect(sentence { $0.mounts?[3].options = ["bind", "raed-only"] } == "mounts[3].options: a bind mount has no option \"raed-only\"")
        #expect(sentence { $0.mounts?[1].type = nil } == "mounts[1].type is missing; a bind mount has the option bind or rbind")
        #expect(sentence { $0.mounts?[3].options = ["remount", "bind", "size=1"] } == "mounts[3].options: a bind mount has no option \"size=1\"")
        #expect(
            sentence { $0.linux?.namespaces?.append(LinuxNamespace(type: "user")) }
                == "linux.uidMappings is empty; a new user namespace needs at least one mapping")
        #expect(
            sentence { $0.linux?.timeOffsets = ["boottime": LinuxTimeOffset(secs: 1)] }
                == "linux.timeOffsets must come with a time namespace in linux.namespaces")
    }

    @Test func volumesOverProcAreRefused() {
        let expected = "mounts[3].destination: nothing of the host may be mounted at /proc/sys: it is inside /proc"
        #expect(sentence { $0.mounts?[3].destination = "/proc/sys" } == expected)
        #expect(sentence { $0.mounts?[3].destination = "/srv/../proc/sys" }?.contains("inside /proc") == true)
        #expect(sentence { $0.mounts?[3].destination = "/proc/cpuinfo" } == nil)
    }

    @Test func sysctlsOfTheHostAreRefused() {
        #expect(sentence { $0.linux?.sysctl = ["kernel.core_pattern": "|/x"] }?.hasPrefix("sysctl 'kernel.core_pattern' is not allowed") == true)
        #expect(
            sentence { $0.linux?.namespaces?.removeAll { $0.type == "network" } }
                == "sysctl 'net/ipv4/ip_forward' is not allowed in the host's network namespace")
    }
}
