using System.Globalization;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>How a move went.</summary>
/// <param name="Source">What the source holds.</param>
/// <param name="Target">What the target holds.</param>
/// <param name="Last">What had changed until the window.</param>
/// <param name="Copied">How long the copy took.</param>
/// <param name="Closed">For how long writes were refused before everything was compared.</param>
internal sealed record MigrationReport(BackupDigest Source, BackupDigest Target, BackupDifference Last, TimeSpan Copied, TimeSpan Closed)
{
    /// <summary>Lines for a person.</summary>
    public IEnumerable<string> Describe()
    {
        yield return Line($"copied in {Copied.TotalSeconds:0.0} s; {Last.Users:N0} users and {Last.Items:N0} items came in the last round; writes refused {Closed.TotalSeconds:0.0} s until all was compared");
        yield return Line($"items     {Source.Items.Count,12:N0}  {Source.Items.Hash:x32}  the same at the target");
        yield return Line($"users     {Source.Users.Count,12:N0}  {Source.Users.Hash:x32}  the same at the target");
        yield return Line($"events    {Source.Events,12:N0}  in the users");
        yield return Kind("names", Source.Names, Target.Names, "some were forgotten meanwhile, as they are after a day");
        yield return Kind("model", Source.Model, Target.Model, "not the same: one of the two has been built anew");
        yield return Kind("counters", Source.Counters, Target.Counters, "not the same: they fade, and a build counts them anew");
    }

    private static string Kind(string name, BackupDigest.Sum source, BackupDigest.Sum target, string otherwise) =>
        Line($"{name,-8}  {source.Count,12:N0}  {source.Hash:x32}  {(source == target ? "the same at the target" : otherwise)}");

    private static string Line(FormattableString line) => line.ToString(CultureInfo.InvariantCulture);
}
