import ContainerRuntime
import LinuxSystem
import OCISpec
import Testing

/// Id-mapped mounts: the same files with other owners.
@Suite struct IDMapTests {
    private func mount(_ bundle: Bundle, _ options: [String], map: Bool = true) -> Mount {
        let mapping = [LinuxIDMapping(containerID: 1000, hostID: 2000, size: 10), LinuxIDMapping(containerID: 0, hostID: 7, size: 1)]
        return Mount(
            destination: "/m", type: "bind", source: "\(bundle.directory)/data", options: options, uidMappings: map ? mapping : nil,
            gidMappings: map ? [LinuxIDMapping(containerID: 0, hostID: 0, size: 5000)] : nil)
    }

    private func bundle() throws -> Bundle {
        let bundle = try Bundle()
        try bundle.prepare("mkdir data; cd data; : >a; : >b; : >c; chown 1003:4 a; chown 0:0 b; chown 500:500 c")
        return bundle
    }

    /// Old kernels and some file systems cannot; what is said then is tested here too.
    private func expect(_ expected: String, _ bundle: Bundle, _ body: () throws -> String) throws {
        do throws(any Error) {
            #expect(try body() == expected)
        } catch let error as ApusError where isSlow {
            #expect(error.description == "cannot map the ids of \(bundle.directory)/data: invalid argument (EINVAL); its file system cannot be id-mapped")
        }
    }

    @Test(arguments: [["bind", "idmap"], ["rbind", "ridmap"], ["bind"]]) func ownMappings(_ options: [String]) throws {
        let bundle = try bundle()
        try expect("2003:4 /m/a\n7:0 /m/b\n65534:500 /m/c\n", bundle) { try bundle.inside("stat -c '%u:%g %n' /m/a /m/b /m/c", [mount(bundle, options)]) }
    }

    /// Without mappings the container's are taken: what root owns on the disk is the container's root's.
    @Test func theContainersMappings() throws {
        let bundle = try bundle()
        try bundle.prepare("chown -R 100000:100000 rootfs")
        try expect("1003:4 /m/a\n0:0 /m/b\n5:6 /m/d\n", bundle) {
            let shown = try bundle.inside(
                "touch /m/d; busybox chown 5:6 /m/d; stat -c '%u:%g %n' /m/a /m/b /m/d", [mount(bundle, ["bind", "idmap"], map: false)], userNamespace: true)
            let outcome = try Running(["stat", "-c", "%u:%g", "\(bundle.directory)/data/d"], input: .empty, environment: [:]).wait()
            #expect(outcome.output == "5:6\n")
            return shown
        }
    }

    @Test func whatCannotBeMapped() throws {
        let bundle = try bundle()
        let proc = Mount(
            destination: "/m", type: "bind", source: "/proc/sys", options: ["bind", "idmap"], uidMappings: Bundle.mapping, gidMappings: Bundle.mapping)
        #expect(bundle.refusal([proc]) == "cannot map the ids of /proc/sys: invalid argument (EINVAL); its file system cannot be id-mapped")
        let wrong = Mount(
            destination: "/m", type: "bind", source: bundle.directory, options: ["bind", "idmap"],
            uidMappings: [LinuxIDMapping(containerID: 0, hostID: 0, size: 0)],
            gidMappings: Bundle.mapping)
        #expect(!bundle.refusal([wrong]).contains("ran"))
        let overlay = Mount(
            destination: "/m", type: "overlay", source: "o", options: ["lowerdir=/bin:/etc"], uidMappings: Bundle.mapping, gidMappings: Bundle.mapping)
        #expect(
            bundle.refusal([overlay])
                == "cannot mount overlay on /m (lowerdir=/bin:/etc) (mounts[3]): invalid argument (EINVAL); overlay may not take its options or an id mapping")
    }

    /// A new file system can be mapped too, where its kind can.
    @Test func aNewTmpfs() throws {
        let bundle = try bundle()
        let tmpfs = Mount(
            destination: "/m", type: "tmpfs", source: "t", options: ["mode=777", "uid=1000", "gid=0"],
            uidMappings: [LinuxIDMapping(containerID: 1000, hostID: 2000, size: 1)], gidMappings: [LinuxIDMapping(containerID: 0, hostID: 0, size: 1)])
        do {
            #expect(try bundle.inside("stat -c %u /m", [tmpfs]) == "2000\n")
        } catch let error as ApusError where isSlow {
            #expect(error.description.hasSuffix("tmpfs may not take its options or an id mapping"))
        }
    }
}
