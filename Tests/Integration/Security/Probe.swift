import Glibc
import LinuxSystem

/// A small static program that makes system calls inside a container, which busybox has no command for.
///
/// `probe NAME…` makes each call and prints `NAME errno`, 0 for success. Each call is made in a child, so that one that works changes
/// nothing for the next.
enum Probe {
    /// The program's path on the host, made once a process.
    static let program: String = {
        let path = "\(Apus.temporary)/apus-test-probe-\(getpid())"
        do { try execute(["cc", "-static", "-O1", "-w", "-x", "c", "-o", path, "-"], input: source) } catch { fatalError("\(error)") }
        atexit { try? removeTree("\(Apus.temporary)/apus-test-probe-\(getpid())") }
        return path
    }()

    private static let source = #"""
        #define _GNU_SOURCE
        #include <errno.h>
        #include <sched.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/mount.h>
        #include <sys/personality.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static long call(const char *name) {
            char room[256] = {0};
            long arguments[16] = {0};
        #define is(x) if (!strcmp(name, x))
            is("mount") return mount("x", "/tmp", "tmpfs", 0, 0);
            is("umount") return umount2("/proc", MNT_DETACH);
            is("pivot_root") return syscall(SYS_pivot_root, "/", "/");
            is("unshare_user") return unshare(CLONE_NEWUSER);
            is("unshare_mount") return unshare(CLONE_NEWNS);
            is("clone_user") return syscall(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0);
            is("clone3") return syscall(SYS_clone3, arguments, 64);
            is("setns") return setns(0, 0);
            is("keyctl") return syscall(SYS_keyctl, 0, -3, 0);
            is("add_key") return syscall(SYS_add_key, "user", "x", "y", 1, -3);
            is("request_key") return syscall(SYS_request_key, "user", "x", 0, -3);
            is("bpf") return syscall(SYS_bpf, 0, arguments, 64);
            is("perf_event_open") return syscall(SYS_perf_event_open, arguments, 0, -1, -1, 0);
            is("open_by_handle_at") return syscall(SYS_open_by_handle_at, 0, room, 0);
            is("init_module") return syscall(SYS_init_module, room, 1, "");
            is("kexec_load") return syscall(SYS_kexec_load, 0, 0, 0, 0);
            is("reboot") return syscall(SYS_reboot, 0, 0, 0, 0);
            is("swapon") return syscall(SYS_swapon, "/x", 0);
            is("syslog") return syscall(SYS_syslog, 3, room, 1);
            is("settimeofday") { gettimeofday(room, 0); return settimeofday(room, 0); }
            is("io_uring_setup") return syscall(425, 1, arguments);
            is("userfaultfd") return syscall(SYS_userfaultfd, 0);
            is("fsopen") return syscall(430, "tmpfs", 0);
            is("open_tree") return syscall(428, -100, "/", 1);
            is("acct") return syscall(SYS_acct, 0);
            is("quotactl") return syscall(SYS_quotactl, 0, "/", 0, 0);
            is("iopl") return syscall(SYS_iopl, 3);
            is("vsock") return socket(40, SOCK_STREAM, 0);
            is("personality") return personality(0x0040000);
            is("setuid") return setuid(7);
            is("socket") return socket(AF_INET, SOCK_STREAM, 0);
            is("ptrace") return syscall(SYS_ptrace, 0, 0, 0, 0);
            is("chroot") return chroot("/tmp");
            is("euid") return (errno = geteuid(), geteuid() ? -1 : 0);
            is("int80_unshare") { long r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(310L), "b"(0x10000000L) : "memory"); errno = -r; return r < 0 ? -1 : 0; }
            is("x32_unshare") return syscall(0x40000000 + SYS_unshare, CLONE_NEWUSER);
            errno = 9999;
            return -1;
        }
        int main(int argc, char **argv) {
            for (int i = 1; i < argc; i++) {
                fflush(stdout);
                if (fork() == 0) { errno = 0; long r = call(argv[i]); printf("%s %d\n", argv[i], r < 0 ? errno : 0); fflush(stdout); _exit(0); }
                int status;
                wait(&status);
                if (!WIFEXITED(status)) printf("%s signal %d\n", argv[i], WTERMSIG(status));
            }
        }
        """#
}

extension Apus {
    /// The errno of each call, made in a new container; 0 for success.
    func probe(_ calls: [String], _ flags: String...) throws -> [String: String] {
        let command = ["run", "--rm", "-v", "\(Probe.program):/probe:ro"] + flags + ["busybox", "/probe"] + calls
        let outcome = try run(command)
        if outcome.code != 0 { throw ApusError(.system, "\(outcome)") }
        let pairs = outcome.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
        return Dictionary(pairs.map { ($0[0], $0[1]) }) { $1 }
    }
}
