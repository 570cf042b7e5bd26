using System.CommandLine;
using System.Globalization;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Commands;

/// <summary><c>lepton repair</c>.</summary>
internal static class RepairCommand
{
    private const string Path = "api/v2/repair";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Makes the command.</summary>
    public static Command Create(CommandEnvironment environment)
    {
        var command = new Command("repair", "Compare the indexes of users, items and feedback with what there is, mend what differs, and report. The service goes on serving.");
        var service = new ServiceOptions(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var connection = service.Connect(parsed, environment);
            var status = ServiceDocument.Parse<RepairStatus>(await connection.SendAsync(HttpMethod.Post, Path, default, cancellationToken));
            using var timer = new PeriodicTimer(Poll, environment.Time);
            while (status.State == RepairState.Running)
            {
                _ = await timer.WaitForNextTickAsync(cancellationToken);
                status = ServiceDocument.Parse<RepairStatus>(await connection.GetAsync(Path, cancellationToken));
            }

            if (status.State != RepairState.Succeeded)
            {
                throw new CommandFailedException(status.Error.Length > 0 ? $"The repair was cut off: {status.Error}" : "The repair was cut off; the silo that ran it has stopped.");
            }

            foreach (var line in Describe(status))
            {
                await environment.Output.WriteLineAsync(line);
            }

            return ExitCodes.Ok;
        });
        return command;
    }

    private static IEnumerable<string> Describe(RepairStatus status)
    {
        yield return Line("users", status.Users);
        yield return Line("items", status.Items);
        yield return Line("feedback by item", status.ItemFeedback);
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{status.DeletionsFinished} deletions of items carried through, {status.KeysRemoved} left-over keys removed, in {status.Seconds:0.0} s.");
    }

    private static string Line(string index, RepairCounts counts) => string.Create(
        CultureInfo.InvariantCulture,
        $"{index}: {counts.Scanned} scanned, {counts.EntriesWithoutState} entries without a state, {counts.StatesWithoutEntry} states without an entry, {counts.Mended} mended.");
}
