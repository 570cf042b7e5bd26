using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Lepton.Orleans.Silo.Tests.Contracts;

/// <summary>
/// Silos of this build and of the release before are in one cluster during a rolling upgrade, and clients are upgraded when they
/// like: what <c>contract.txt</c> has recorded may be added to, and no line of it may change or go.
/// </summary>
public sealed partial class ContractTests
{
    private const string Switch = "LEPTON_WRITE_RECORDED";
    private static readonly string Recorded = Path.Combine(Path.GetDirectoryName(Here())!, "contract.txt");

    [Fact]
    public async Task Silos_of_this_build_and_of_the_one_before_understand_each_other()
    {
        var cancelled = TestContext.Current.CancellationToken;
        var (before, now) = (new SortedSet<string>(File.Exists(Recorded) ? await File.ReadAllLinesAsync(Recorded, cancelled) : [], StringComparer.Ordinal), await Contract.ReadAsync());
        Assert.Empty(Breaks(before, now));
        if (Environment.GetEnvironmentVariable(Switch) == "1")
        {
            await File.WriteAllLinesAsync(Recorded, now, cancelled);
            return;
        }

        var added = now.Except(before).ToList();
        Assert.True(
            added.Count == 0,
            $"The contract has grown, which is allowed. Record it with {Switch}=1 dotnet test tests/Lepton.Orleans.Silo.Tests --filter {nameof(ContractTests)}, and commit contract.txt:\n{string.Join('\n', added)}");
    }

    [Theory]
    [InlineData("a record's field that is another type", "record r 0: Int32", "record r 0: Int64", "number of its own")]
    [InlineData("a field that is gone", "record r 0: Int32", "", "number of its own")]
    [InlineData("a method with another parameter", "method i.Get(String): Task", "method i.Get(Int32): Task", "beside it")]
    [InlineData("a version that falls", "interface i version 2", "interface i version 1", "only rise")]
    [InlineData("a new method of a known interface", "interface i version 0", "interface i version 0|method i.Get(): Task", "[Version(1)]")]
    [InlineData("a grain that moves to another role", "grain g role=items", "grain g role=users", "two releases")]
    public void What_would_break_a_rolling_upgrade_is_told_with_what_to_do_instead(string what, string before, string now, string advice) =>
        Assert.True(Assert.Single(Breaks([before], [.. now.Split('|')])).Contains(advice, StringComparison.Ordinal), what);

    [Theory]
    [InlineData("a new interface", "interface i version 0", "interface i version 0|interface j version 0|method j.Get(): Task")]
    [InlineData("a new field", "record r 0: Int32", "record r 0: Int32|record r 1: String")]
    [InlineData("a new method with a version for it", "interface i version 0", "interface i version 1|method i.Get(): Task")]
    public void What_can_be_added_is_no_break(string what, string before, string now) => Assert.True(Breaks([before], [.. now.Split('|')]).Count == 0, what);

    private static List<string> Breaks(SortedSet<string> before, SortedSet<string> now)
    {
        var (versionsBefore, versionsNow) = (Versions(before), Versions(now));
        var gone = before.Except(now).Where(line => !VersionLine().IsMatch(line)).Select(line => $"'{line}' was recorded and is no longer so. " + line.Split(' ')[0] switch
        {
            "record" => "A field keeps its number and type for ever: give the new one a number of its own, and read the old one for as long as the release before is upgraded from.",
            "method" => "Silos of the release before call it as it was: keep it, put the new one beside it under another alias, and remove the old one a release later.",
            _ => "Silos of the release before place and call it as it was: do it in two releases, the first of which understands both.",
        });
        var fallen = versionsBefore.Where(version => !versionsNow.TryGetValue(version.Key, out var value) || value < version.Value)
            .Select(version => $"Interface {version.Key} had version {version.Value}: an interface stays for a release after its last use, and its version can only rise.");
        var unversioned = now.Except(before).Select(line => MethodLine().Match(line)).Where(match => match.Success)
            .Select(match => match.Groups["interface"].Value).Distinct()
            .Where(name => versionsBefore.TryGetValue(name, out var version) && versionsNow.TryGetValue(name, out var value) && value == version)
            .Select(name => $"Interface {name} has a new method: raise its version, [Version({versionsBefore[name] + 1})], so that calls of new silos do not reach grains on silos that do not know it.");
        return [.. gone, .. fallen, .. unversioned];
    }

    private static Dictionary<string, int> Versions(SortedSet<string> lines) => lines.Select(line => VersionLine().Match(line)).Where(match => match.Success)
        .ToDictionary(match => match.Groups["interface"].Value, match => int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture), StringComparer.Ordinal);

    [GeneratedRegex(@"^interface (?<interface>\S+) version (?<version>\d+)$")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"^method (?<interface>\S+)\.[^.(]+\(")]
    private static partial Regex MethodLine();

    private static string Here([CallerFilePath] string path = "") => path;
}
