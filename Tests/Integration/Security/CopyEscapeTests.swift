import Glibc
import LinuxSystem
import Testing

/// Escapes that copying into and out of containers was good for elsewhere.
@Suite struct CopyEscapeTests {
    /// A path that the container exchanges for a link to the host's files while it is copied.
    @Test("CVE-2018-15664: a link exchanged during the copy leads nowhere else") func exchangedLink() throws {
        try Apus.with { apus in
            let secret = try apus.file("deep/w00t", "host\n")
            let deep = "\(apus.scratch)/files/deep"
            try apus.file("new", "new\n")
            let script = """
                mkdir -p \(deep) /dir; echo inside > /dir/w00t; ln -s \(deep) /link
                echo inside > \(deep)/w00t; mv /dir /stage; touch /ready
                while :; do mv /stage /dir; mv /link /stage; mv /stage /link; mv /dir /stage; done
                """
            try apus.output("run", "-d", "--name", "box", "busybox", "sh", "-c", script)
            #expect(try eventually { try apus.run("exec", "box", "test", "-e", "/ready").code == 0 })
            var copied = 0
            for round in 0..<rounds(60, slow: 10) {
                try? removeTree("\(apus.scratch)/files/out")
                let source = round % 2 == 0 ? "box:/stage/w00t" : "box:/stage"
                if try apus.run("cp", source, "\(apus.scratch)/files/out").code == 0 {
                    copied += 1
                    #expect(try apus.host("sh", "-c", "if [ -L out ]; then echo link; else grep -rhv inside out || echo none; fi") != "host")
                }
                // Into it, each way of naming it.
                _ = try apus.run("cp", "\(apus.scratch)/files/new", round % 2 == 0 ? "box:/stage/w00t" : "box:/stage/")
                #expect(try readText(secret) == "host" && apus.host("ls", "deep") == "w00t")
            }
            #expect(copied > 0)
            try apus.output("rm", "-f", "box")
        }
    }

    /// Links that lead out when they are followed on the host.
    @Test func linksStayInside() throws {
        try Apus.with { apus in
            let secret = try apus.file("secret", "host\n")
            let script = "ln -s \(secret) /file; ln -s \(apus.scratch)/files /dir; ln -s ../../../../../..\(secret) /up; ln -s /proc/self/root/\(secret) /magic"
            try apus.output("run", "--name", "box", "busybox", "sh", "-c", script)
            for name in ["file", "up", "magic", "dir/secret"] {
                let outcome = try apus.run("cp", "-L", "box:/\(name)", "\(apus.scratch)/files/out")
                #expect(outcome.code == 1 && outcome.errorOutput.contains("cannot open"), "\(name): \(outcome)")
                _ = try apus.run("cp", "/etc/hostname", "box:/\(name)")
                #expect(try readText(secret) == "host", "\(name)")
            }
            #expect(try apus.host("ls") == "secret")
        }
    }

    /// A tar from the container's own making, whose members go through a link.
    @Test func membersDoNotGoThroughLinks() throws {
        try Apus.with { apus in
            try apus.output("run", "-d", "--name", "box", "busybox", "sh", "-c", "mkdir /t; ln -s \(apus.scratch)/files /t/evil; sleep 1000")
            #expect(try eventually { try apus.run("exec", "box", "test", "-L", "/t/evil").code == 0 })
            try apus.host("sh", "-c", "mkdir -p m/evil && echo x > m/evil/x && tar -C m -cf m.tar evil/x && rm -r m")
            #expect(
                try apus.host("sh", "-c", "APUS_ROOT=\(apus.root) \(Apus.program) cp - box:/t < m.tar 2>&1 || true")
                    == "apus: evil leads through evil, which is no directory")
            #expect(try apus.host("ls") == "m.tar")
            try apus.output("rm", "-f", "box")
        }
    }

    /// Docker ran a helper in the container's root, which loaded the container's libnss for the owners' names.
    @Test("CVE-2019-14271: no library of the container is loaded by a copy") func hostileLibrary() throws {
        try Apus.with { apus in
            let marker = "\(apus.scratch)/files/loaded"
            try apus.file(
                "evil.c",
                """
                #include <fcntl.h>
                #include <unistd.h>
                __attribute__((constructor)) static void run(void) { close(open("\(marker)", O_CREAT | O_WRONLY, 0600)); close(open("/loaded", O_CREAT, 0600)); }
                """)
            try apus.host("gcc", "-shared", "-fPIC", "-o", "evil.so", "evil.c")
            // The library does what it is made for when it is loaded.
            try apus.host("sh", "-c", "LD_PRELOAD=./evil.so /bin/true; rm loaded; rm -f /loaded")
            try apus.output("run", "-d", "--name", "box", "busybox", "sleep", "1000")
            for directory in ["/lib/x86_64-linux-gnu", "/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib"] {
                try apus.output("exec", "box", "mkdir", "-p", directory)
                for name in ["libnss_files.so.2", "libnss_compat.so.2", "libc.so.6", "libnss_systemd.so.2"] {
                    try apus.output("cp", "\(apus.scratch)/files/evil.so", "box:\(directory)/\(name)")
                }
            }
            try apus.file("nsswitch.conf", "passwd: files compat systemd\ngroup: files compat systemd\n")
            try apus.output("cp", "\(apus.scratch)/files/nsswitch.conf", "box:/etc/nsswitch.conf")
            try apus.output("cp", "box:/etc", "\(apus.scratch)/files/etc")
            try apus.output("cp", "-a", "\(apus.scratch)/files/etc", "box:/tmp")
            #expect(!fileExists(marker) && !fileExists("/loaded"))
            #expect(try apus.run("exec", "box", "ls", "/loaded", marker).output == "")
            try apus.output("rm", "-f", "box")
        }
    }
}
