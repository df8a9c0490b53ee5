import Glibc
import LinuxSystem
import Testing

/// `apus run`: volumes, bind mounts, tmpfs and the root filesystem, each seen from inside.
@Suite struct MountTests {
    @Test func directoriesAndFilesOfTheHost() throws {
        try Apus.with { apus throws in
            let file = try apus.file("data/one", "1\n")
            let data = "\(apus.scratch)/files/data"
            #expect(try apus.sh("cat /d/one; echo 2 >/d/two", "-v", "\(data):/d") == "1")
            #expect(try readText("\(data)/two") == "2")
            #expect(try apus.sh("cat /etc/deep/er/one", "-v", "\(file):/etc/deep/er/one") == "1")
            #expect(try apus.sh("cat /etc/hostname", "-v", "\(file):/etc/hostname") == "1")
            let relative = try apus.run(["run", "--rm", "-v", "./data:/d", "busybox", "cat", "/d/one"], directory: "\(apus.scratch)/files")
            #expect(relative == Outcome(output: "1\n", code: 0))
        }
    }

    @Test func readOnlyMountsCannotBeWritten() throws {
        try Apus.with { apus throws in
            try apus.file("data/one", "1\n")
            let data = "\(apus.scratch)/files/data"
            for flags in [["-v", "\(data):/d:ro"], ["--mount", "type=bind,src=\(data),dst=/d,ro"]] {
                let outcome = try apus.run(["run", "--rm"] + flags + ["busybox", "sh", "-c", "cat /d/one; touch /d/two || touch /d/one"])
                #expect(outcome.output == "1\n" && outcome.code == 1)
                #expect(outcome.errorOutput == "touch: /d/two: Read-only file system\ntouch: /d/one: Read-only file system\n")
            }
            let remount = try apus.run(
                "run", "--rm", "--cap-add", "SYS_ADMIN", "-v", "\(data):/d:ro", "busybox", "sh", "-c", "mount -o remount,rw /d; touch /d/x")
            #expect(remount.code == 0 || remount.code == 1)  // SYS_ADMIN may remount: only the host's own flags hold it back
        }
    }

    @Test func aMissingSourceOfAVolumeIsMade() throws {
        try Apus.with { apus throws in
            let data = "\(apus.scratch)/files/new/er"
            try apus.sh("touch /d/x", "-v", "\(data):/d")
            #expect(fileExists("\(data)/x"))
        }
    }

    @Test func volumesKeepTheirContent() throws {
        try Apus.with { apus throws in
            try apus.sh("echo kept >/v/x", "-v", "data:/v")
            #expect(try apus.sh("cat /w/x", "--mount", "type=volume,src=data,dst=/w") == "kept")
            #expect(try apus.sh("cat /w/x; touch /w/y 2>/dev/null || echo no", "--mount", "source=data,target=/w,readonly") == "kept\nno")
            try apus.sh("touch /v/x", "-v", "/v")
            #expect(try listDirectory("\(apus.root)/volumes") == ["data"])  // the anonymous one went with its container
        }
    }

    @Test func temporaryFilesystems() throws {
        try Apus.with { apus throws in
            let inside = try apus.sh("grep ' /t ' /proc/mounts; stat -c %a /t; df -k /t | tail -1 | awk '{print $2}'", "--tmpfs", "/t:size=2m,mode=1770")
            #expect(inside.contains("tmpfs /t tmpfs rw,nosuid,nodev,noexec,") && inside.hasSuffix("\n1770\n2048"), "\(inside)")
            let mounted = try apus.sh("stat -c %a /t; df -k /t | tail -1 | awk '{print $2}'", "--mount", "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=0700")
            #expect(mounted == "700\n1024")
            #expect(try apus.sh("cp /bin/busybox /t/true; /t/true && echo ran", "--tmpfs", "/t:exec") == "ran")
        }
    }

    @Test func readOnlyRoot() throws {
        try Apus.with { apus throws in
            let inside = try apus.sh("touch /x 2>&1; touch /etc/x 2>&1; touch /dev/shm/x && touch /t/x && echo ok", "--read-only", "--tmpfs", "/t")
            #expect(inside == "touch: /x: Read-only file system\ntouch: /etc/x: Read-only file system\nok")
        }
    }

    @Test func theRootIsTheContainersOwn() throws {
        try Apus.with { apus throws in
            try apus.sh("echo changed >/etc/passwd; rm -r /home; touch /new")
            #expect(
                try apus.sh("head -n1 /etc/passwd; ls -d /home; ls /new 2>&1 || true")
                    == "root:x:0:0:root:/root:/bin/sh\n/home\nls: /new: No such file or directory")
        }
    }

    @Test func sharedMemorySize() throws {
        try Apus.with { apus throws in
            #expect(try apus.sh("df -k /dev/shm | tail -1 | awk '{print $2}'") == "65536")
            let script = "df -k /dev/shm | tail -1 | awk '{print $2}'; dd if=/dev/zero of=/dev/shm/x bs=1k count=2000 2>&1 | grep -c 'No space'"
            #expect(try apus.sh(script, "--shm-size", "1m") == "1024\n1")
        }
    }

    @Test func mountsOfTheContainerStayInIt() throws {
        try Apus.with { apus throws in
            try makeDirectories("\(apus.scratch)/files/data/inner")
            let inside = try apus.sh(
                "mount -t tmpfs x /d/inner && grep -c ' /d/inner ' /proc/mounts", "--cap-add", "SYS_ADMIN", "-v", "\(apus.scratch)/files/data:/d")
            #expect(inside == "1")
            let mounts = try readText("/proc/self/mountinfo")
            #expect(!mounts.contains("files/data/inner"))
        }
    }
}
