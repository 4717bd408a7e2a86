#!/bin/sh
# native.sh FOLDER DISK: turn the namespaces we are in (network, mounts, processes, hostname, IPC) into the engine's
# machine: DISK becomes the root, FOLDER its /mnt (the API's socket appears there), and the root's own init goes on.
set -e
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
folder=$1 disk=$2
if [ -z "$LABINIT" ]; then
    export LABINIT=native
    mount --make-rprivate /
    # The engine's containers go into cgroups of their own, whose names are left for whoever removes them.
    group=dnetlab-$(basename "$folder")
    if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
        # With version 2 only a group without processes may hand out controllers, so we go into a child of it.
        mkdir -p "/sys/fs/cgroup/$group/init"
        echo "/sys/fs/cgroup/$group" >"$folder/cgroup"
        echo 0 >"/sys/fs/cgroup/$group/cgroup.procs"
        exec unshare --cgroup "$0" "$folder" "$disk"
    fi
    export LABGROUP="/$group"
    for controller in /sys/fs/cgroup/*/; do echo "$controller$group"; done >"$folder/cgroup"
fi
root=$folder/root
mkdir -p "$root"
mount -o loop "$disk" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 run "$root/run"
mount -t tmpfs tmp "$root/tmp"
mount --bind "$folder" "$root/mnt"
if [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; then
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    echo 0 >"$root/sys/fs/cgroup/init/cgroup.procs"
    sed 's/\([a-z0-9]*\)/+\1/g' "$root/sys/fs/cgroup/cgroup.controllers" >"$root/sys/fs/cgroup/cgroup.subtree_control"
else
    mount --rbind /sys/fs/cgroup "$root/sys/fs/cgroup"
fi
# As switch_root does it; pivot_root is not on every Debian any more.
cd "$root"
mount --move . /
exec chroot . /usr/sbin/labinit
