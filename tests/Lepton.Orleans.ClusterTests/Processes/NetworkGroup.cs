using System.Diagnostics;
using System.Globalization;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>
/// A group of the system that processes can be started in, so that the firewall knows their packets and can drop them: what
/// they say reaches nobody, and so they hear nothing either.
/// </summary>
internal sealed class NetworkGroup : IDisposable
{
    private const int First = 50_000;
    private const int End = 60_000;

    private readonly string id = Random.Shared.Next(First, End).ToString(CultureInfo.InvariantCulture);
    private readonly Stack<string[]> rules = new();

    private NetworkGroup() => AppDomain.CurrentDomain.ProcessExit += MendOnExit;

    /// <summary>A group of its own; where packets cannot be dropped by it the test is skipped.</summary>
    public static NetworkGroup FindOrSkip()
    {
        _ = Executable.FindOrSkip("setpriv");
        _ = Executable.FindOrSkip("iptables");
        var group = new NetworkGroup();
        MendStale();
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

    // A run that was killed could not take its rules back, and nobody else makes such ones. A group that is in use has its
    // rules for as long as a process of it runs.
    private static void MendStale()
    {
        foreach (var rule in Read("-w", "-S", "OUTPUT").Where(rule => GroupOf(rule) is >= First and < End and var group && !IsInUse(group)))
        {
            Execute(["-w", "-D", .. rule.Split(' ').Skip(1)]);
        }
    }

    private static int? GroupOf(string rule) =>
        rule.Split(' ') is var words && Array.IndexOf(words, "--gid-owner") is >= 0 and var at && int.TryParse(words[at + 1], CultureInfo.InvariantCulture, out var group) ? group : null;

    private static bool IsInUse(int group) =>
        Directory.EnumerateFiles("/proc", "status", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true })
            .Any(file => GroupOfProcess(file) == group);

    private static int? GroupOfProcess(string status)
    {
        try
        {
            return File.ReadLines(status).FirstOrDefault(line => line.StartsWith("Gid:", StringComparison.Ordinal)) is { } line
                ? int.Parse(line.Split('\t')[1], CultureInfo.InvariantCulture)
                : null;
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }

    private static string[] Read(params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Executable.FindOrSkip("iptables"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return text.Split('\n');
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
