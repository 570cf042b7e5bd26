using System.Diagnostics;
using System.Globalization;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// A group of the system that processes can be started in, so that the firewall knows their packets and can drop them: what
/// they say reaches nobody, and so they hear nothing either.
/// </summary>
internal sealed class NetworkGroup : IDisposable
{
    private readonly string id = Random.Shared.Next(50_000, 60_000).ToString(CultureInfo.InvariantCulture);
    private readonly Stack<string[]> rules = new();

    private NetworkGroup() => AppDomain.CurrentDomain.ProcessExit += MendOnExit;

    /// <summary>A group of its own; where packets cannot be dropped by it the test is skipped.</summary>
    public static NetworkGroup FindOrSkip()
    {
        _ = Executable.FindOrSkip("setpriv");
        _ = Executable.FindOrSkip("iptables");
        var group = new NetworkGroup();
        var (exitCode, error) = group.Add("-p", "udp", "--dport", "9", "-j", "ACCEPT");
        group.Mend();
        Assert.SkipWhen(exitCode != 0, $"packets of a group cannot be dropped here, which takes root ({error.Trim()})");
        return group;
    }

    /// <summary>The command that runs another one in the group.</summary>
    public (string File, IReadOnlyList<string> Arguments) Run(string file, IReadOnlyList<string> arguments) =>
        (Executable.FindOrSkip("setpriv"), ["--regid", id, "--clear-groups", file, .. arguments]);

    /// <summary>Cuts the group off from everything but what it says to one port, and answers from another.</summary>
    public void Cut(int toPort, int fromPort)
    {
        // Each goes before those that were there.
        Require(Add("-p", "tcp", "-j", "DROP"));
        Require(Add("-p", "tcp", "--dport", toPort.ToString(CultureInfo.InvariantCulture), "-j", "ACCEPT"));
        Require(Add("-p", "tcp", "--sport", fromPort.ToString(CultureInfo.InvariantCulture), "-j", "ACCEPT"));
    }

    /// <summary>Ends that.</summary>
    public void Mend()
    {
        while (rules.TryPop(out var rule))
        {
            Execute(["-w", "-D", .. rule]);
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= MendOnExit;
        Mend();
    }

    private static void Require((int ExitCode, string Error) result) => Assert.True(result.ExitCode == 0, result.Error);

    private (int ExitCode, string Error) Add(params IReadOnlyList<string> match)
    {
        string[] rule = ["OUTPUT", "-m", "owner", "--gid-owner", id, .. match];
        var result = Execute(["-w", "-I", .. rule]);
        if (result.ExitCode == 0)
        {
            rules.Push(rule);
        }

        return result;
    }

    private static (int ExitCode, string Error) Execute(IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Executable.FindOrSkip("iptables"), arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }

    private void MendOnExit(object? sender, EventArgs e) => Mend();
}
