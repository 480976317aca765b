namespace MetalSharp.Lab;

/// <summary>What a machine must have to run a lab, checked before anything is started.</summary>
internal static class Preconditions
{
    private static readonly (string Program, string Package)[] Programs =
    [
        ("unshare", "util-linux"), ("nsenter", "util-linux"), ("setsid", "util-linux"), ("setpriv", "util-linux"), ("mount", "mount"),
        ("ip", "iproute2"), ("nft", "nftables"), ("kubectl", "kubernetes-client"),
    ];

    /// <summary>Everything the lab does to a kernel, once, in namespaces that are gone a moment later.</summary>
    private const string Trial =
        "mount -t tmpfs none /run && ip netns add trial && ip link add t0 type veth peer name t1 && ip link add t2 type bridge && " +
        "ip netns exec trial nft 'table ip trial { chain c { type nat hook postrouting priority srcnat; masquerade; }; }'";

    /// <exception cref="PreconditionException">With all that is missing and what to do about it.</exception>
    public static async Task CheckAsync(CancellationToken stop)
    {
        var missing = Programs.Where(p => !Tool.Exists(p.Program)).ToList();
        if (missing.Count > 0)
            throw new PreconditionException("the lab needs " + string.Join(" and ",
                missing.GroupBy(p => p.Package).Select(g => $"{string.Join(", ", g.Select(p => p.Program))} (Debian package {g.Key})")) +
                ", which is not installed");

        var trial = await Tool.TryRunAsync([.. Enclosure.Unshare, "sh", "-c", Trial], stop: stop);
        if (trial.ExitCode != 0)
            throw new PreconditionException(WhyNot(trial.Said));
    }

    private static string WhyNot(string said)
    {
        if (Setting("/proc/sys/user/max_user_namespaces") == "0")
            return "the lab runs in a user namespace of its own, and this machine allows none: sysctl -w user.max_user_namespaces=10000";
        if (Setting("/proc/sys/kernel/unprivileged_userns_clone") == "0" && Environment.UserName != "root")
            return "the lab runs in a user namespace of its own, which this machine allows only root: sysctl -w kernel.unprivileged_userns_clone=1, or run the lab as root";
        if (Setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" && Environment.UserName != "root")
            return "AppArmor keeps this user from rights in a user namespace: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run the lab as root";
        return $"this machine cannot make the namespaces, virtual Ethernet, bridge and nftables rules a lab is made of: {said}";
    }

    private static string? Setting(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : null;
}
