/// What `config.json` says where a case says nothing: a small, ordinary container.
enum Config {
    static let capabilities: JSON = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    static let usual: JSON = [
        "ociVersion": "1.0.2",
        "process": [
            "user": ["uid": 0, "gid": 0], "args": ["true"], "env": ["PATH=/bin"], "cwd": "/",
            "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
        ],
        "root": ["path": "rootfs"],
        "mounts": [
            ["destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]],
            ["destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]],
            [
                "destination": "/dev/pts", "type": "devpts", "source": "devpts",
                "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"],
            ],
            ["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]],
        ],
        "linux": ["namespaces": [["type": "pid"], ["type": "network"], ["type": "ipc"], ["type": "uts"], ["type": "mount"]]],
    ]

    /// The applets of busybox that the cases run.
    static let applets = [
        "awk", "cat", "chmod", "chown", "chrt", "cut", "date", "dd", "df", "dirname", "echo", "env", "false", "find", "grep", "head", "hostname", "id",
        "ionice", "ip", "kill", "ln", "ls", "mkdir", "mkfifo", "mknod", "mount", "mv", "nice", "nproc", "printf", "ps", "pwd", "readlink", "rm", "rmdir",
        "sed", "seq", "setpriv", "sh", "sleep", "sort", "stat", "stty", "sync", "tail", "taskset", "test", "touch", "tr", "true", "tty", "umount",
        "uname", "uniq", "unshare", "wc", "yes",
    ]
}
