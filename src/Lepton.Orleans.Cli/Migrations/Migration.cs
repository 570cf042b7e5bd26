using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Cli.Backups;
using Lepton.Orleans.Cli.Importing;
using Lepton.Orleans.Cli.Service;

namespace Lepton.Orleans.Cli.Migrations;

/// <summary>
/// Moves everything from one service to another while the first serves: a copy, what has changed meanwhile, and for the last of
/// it a window in which the first answers lists but refuses writes. What arrived is compared before anything is decided.
/// </summary>
/// <param name="source">The service that everything is at.</param>
/// <param name="target">The service that takes it over.</param>
/// <param name="folder">Where copies are kept.</param>
/// <param name="checkpoints">Makes the place where the position in a file is kept; of no file, none.</param>
/// <param name="window">For how long the source may refuse writes until everything was compared.</param>
/// <param name="notice">Hears how far it is.</param>
/// <param name="time">The clock.</param>
internal sealed class Migration(
    LeptonService source,
    LeptonService target,
    MigrationFolder folder,
    Func<string?, LeptonService, CheckpointFile> checkpoints,
    TimeSpan window,
    Action<string> notice,
    TimeProvider time)
{
    private const string Backup = "api/v2/backup";

    // So little that another round while the source serves would not make the window shorter.
    private const int Little = 1000;
    private const int MostRounds = 5;
    private const int MostWindows = 3;
    private const int Shown = 5;

    /// <summary>Moves everything, or goes on where an earlier run was interrupted.</summary>
    /// <returns>What is said to a person.</returns>
    /// <exception cref="CommandFailedException">
    /// It could not be done, and the same command goes on. The source takes writes, unless it was decided already that the target has everything.
    /// </exception>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        if (folder.Decision is { } decision)
        {
            return await FinishAsync(decision, cancellationToken);
        }

        if (folder.IsHeld)
        {
            await ResumeAsync();
        }

        var started = time.GetTimestamp();
        await CopyAsync(cancellationToken);
        var copied = time.GetElapsedTime(started);
        for (var round = 0; round < MostRounds; round++)
        {
            var change = await CatchUpAsync(cancellationToken);
            notice(string.Create(CultureInfo.InvariantCulture, $"Caught up with {change.Users:N0} users and {change.Items:N0} items that changed meanwhile; {change.Gone:N0} users are gone."));
            if (change.Users + change.Items + change.Gone <= Little)
            {
                break;
            }
        }

        return await CloseAsync(copied, cancellationToken);
    }

    /// <summary>
    /// Forgets what earlier runs have come to. A source that one of them has left refusing writes takes them again, so that it serves
    /// while everything is copied once more.
    /// </summary>
    /// <exception cref="CommandFailedException">
    /// The source did not answer, or it had been decided that the target has everything and there is something in it still. Nothing was forgotten.
    /// </exception>
    public async Task AbandonAsync(CancellationToken cancellationToken)
    {
        if (folder.Decision is not null)
        {
            await DemandEmptyTargetAsync(cancellationToken);
        }

        if (folder.Decision is not null || folder.IsHeld)
        {
            await OpenAsync();
        }

        folder.Clear();
    }

    // Its callers may be there since: opened, the source would take writes beside it.
    private async Task DemandEmptyTargetAsync(CancellationToken cancellationToken)
    {
        using var statistics = JsonDocument.Parse(await target.GetAsync("api/v2/statistics", cancellationToken));
        var (users, items) = (statistics.RootElement.GetProperty("Users").GetInt64(), statistics.RootElement.GetProperty("Items").GetInt64());
        if (users + items > 0)
        {
            throw new CommandFailedException(string.Create(
                CultureInfo.InvariantCulture,
                $"An earlier run had compared everything, and {target.Url} has {users:N0} users and {items:N0} items. It may be in use. Nothing was changed now."))
            {
                Details = [$"To end that move: the command without --restart. To move anew what {source.Url} has: empty {target.Url} first."],
            };
        }
    }

    private async Task CopyAsync(CancellationToken cancellationToken)
    {
        if (folder.Id.Length == 0 || !File.Exists(folder.Copy))
        {
            var summary = await FetchAsync(source, folder.Next, cancellationToken);
            folder.Begin(summary.Id);
            notice($"Read {summary.Description} from {source.Url}.");
        }

        if (!folder.IsCopied)
        {
            await new BackupRestore(target, checkpoints(folder.Copy, target), notice).RunAsync(folder.Copy, folder.Id, restart: false, leaveOpen: true, cancellationToken);
            folder.MarkCopied();
            notice($"Copied to {target.Url}.");
        }
    }

    private async Task<BackupDifference> CatchUpAsync(CancellationToken cancellationToken)
    {
        // What an earlier run was sending: of who has come with it and is gone by now, nothing else knows.
        if (folder.IsChanging)
        {
            await SendChangesAsync(cancellationToken);
        }

        folder.ForgetChanges();
        _ = await FetchAsync(source, folder.Next, cancellationToken);
        var partial = folder.Changes + ".partial";
        var difference = await BackupDifference.WriteAsync(folder.Copy, folder.Next, partial, cancellationToken);
        File.Move(partial, folder.Changes, overwrite: true);
        await SendChangesAsync(cancellationToken);
        return difference;
    }

    private async Task SendChangesAsync(CancellationToken cancellationToken)
    {
        await new BackupRestore(target, checkpoints(null, target), notice).RunAsync(folder.Changes, folder.Id, restart: true, leaveOpen: true, cancellationToken);
        folder.Advance();
    }

    private async Task<IReadOnlyList<string>> CloseAsync(TimeSpan copied, CancellationToken cancellationToken)
    {
        MigrationDecision decision;
        try
        {
            decision = await DecideAsync(copied, cancellationToken);
        }
        catch
        {
            await ResumeAsync();
            throw;
        }

        await EndAsync(cancellationToken);
        folder.Clear();
        return decision.Report;
    }

    private async Task<MigrationDecision> DecideAsync(TimeSpan copied, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var pause = await PauseAsync(string.Create(CultureInfo.InvariantCulture, $"?seconds={window.TotalSeconds:0}"), cancellationToken);
            var began = time.GetTimestamp();
            notice(string.Create(CultureInfo.InvariantCulture, $"{source.Url} refuses writes, for {window.TotalSeconds:0} s at the most."));
            var last = await CatchUpAsync(cancellationToken);
            _ = await FetchAsync(target, folder.Target, cancellationToken);
            var (here, there) = (await BackupDigest.ReadAsync(folder.Copy, cancellationToken), await BackupDigest.ReadAsync(folder.Target, cancellationToken));
            DemandSame(here, there);

            // From now on nothing but a person, or the next run, opens the source again; whoever is impatient here waits for the answer.
            // Where a silo took writes in between, they are missing.
            folder.MarkHeld();
            var held = await PauseAsync("", CancellationToken.None);
            var closed = time.GetElapsedTime(began);
            if (held == pause)
            {
                var decision = new MigrationDecision(held, [.. new MigrationReport(here, there, last, copied, closed).Describe()]);
                folder.Decide(decision);
                return decision;
            }

            if (closed > window || attempt == MostWindows)
            {
                throw new CommandFailedException(string.Create(
                    CultureInfo.InvariantCulture, $"The source took writes again before everything was compared, after {closed.TotalSeconds:0.0} s; --window {closed.TotalSeconds * 2:0} gives it more time. Nothing is lost: run the command again."));
            }

            notice("A silo of the source came or went meanwhile; once more.");
        }
    }

    // An earlier run had decided, and may or may not have told the target. The source stays closed, whatever comes.
    private async Task<IReadOnlyList<string>> FinishAsync(MigrationDecision decision, CancellationToken cancellationToken)
    {
        using (var status = JsonDocument.Parse(await source.GetAsync("api/v2/writes", cancellationToken)))
        {
            if (!status.RootElement.GetProperty("IsPaused").GetBoolean() || status.RootElement.TryGetProperty("Until", out var until) && until.ValueKind == JsonValueKind.String)
            {
                throw OpenedAgain();
            }
        }

        // Another mark may be a silo of the source that was restarted since. Or writes that are only there.
        if (await PauseAsync("", CancellationToken.None) != decision.Mark)
        {
            _ = await FetchAsync(source, folder.Next, cancellationToken);
            var (then, now) = (await BackupDigest.ReadAsync(folder.Copy, cancellationToken), await BackupDigest.ReadAsync(folder.Next, cancellationToken));
            if (then.Items != now.Items || then.DifferingUsers(now).Any())
            {
                throw OpenedAgain();
            }
        }

        notice($"Everything had been compared and was the same: {source.Url} goes on refusing writes.");
        await EndAsync(cancellationToken);
        folder.Clear();
        return decision.Report;
    }

    private CommandFailedException OpenedAgain() => new(
        $"{source.Url} was told to take writes again after everything had been compared. {target.Url} may be in use without those. Nothing was changed now.")
    {
        Details = [$"Decide which of the two is right. To move anew what {source.Url} has: empty {target.Url}, and run the command with --restart."],
    };

    private async Task ResumeAsync()
    {
        try
        {
            await OpenAsync();
        }
        catch (CommandFailedException exception)
        {
            notice(string.Create(
                CultureInfo.InvariantCulture,
                $"{source.Url} could not be told to take writes again ({exception.Message}); ask GET /api/v2/writes, and POST /api/v2/writes/resume."));
        }
    }

    private async Task OpenAsync()
    {
        _ = await source.SendAsync(HttpMethod.Post, "api/v2/writes/resume", default, CancellationToken.None);
        folder.MarkOpen();
        notice($"{source.Url} takes writes again.");
    }

    // The last line, which makes the target forget what it needs to take further ones; the same again changes nothing.
    private async Task EndAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = BackupSummary.Open(File.OpenRead(folder.Copy), Path.GetFileName(folder.Copy));
            while (await reader.ReadAsync(cancellationToken))
            {
                if (BackupRecord.KindOf(reader.Record) == BackupRecord.End)
                {
                    _ = await target.SendAsync(HttpMethod.Post, $"api/v2/restore?backup={Uri.EscapeDataString(folder.Id)}", reader.Record.ToArray(), cancellationToken);
                }
            }
        }
        catch
        {
            notice($"Everything has arrived, and {source.Url} goes on refusing writes; {target.Url} has not confirmed yet that it was told. Run the same command again.");
            throw;
        }
    }

    // Its mark: the same again as long as no silo took writes in between.
    private async Task<string?> PauseAsync(string query, CancellationToken cancellationToken)
    {
        using var status = JsonDocument.Parse(await source.SendAsync(HttpMethod.Post, $"api/v2/writes/pause{query}", default, cancellationToken));
        return status.RootElement.GetProperty("Mark").GetString();
    }

    // Under its own name only when whole.
    private static async Task<BackupSummary> FetchAsync(LeptonService service, string path, CancellationToken cancellationToken)
    {
        var partial = path + ".partial";
        await using (var output = File.Create(partial))
        {
            await service.CopyAsync(Backup, output, cancellationToken);
        }

        var summary = await BackupSummary.CheckAsync(partial, cancellationToken);
        File.Move(partial, path, overwrite: true);
        return summary;
    }

    private static void DemandSame(BackupDigest here, BackupDigest there)
    {
        var details = new List<string>();
        if (here.Items != there.Items)
        {
            details.Add(string.Create(CultureInfo.InvariantCulture, $"Items: {here.Items.Count:N0} at the source, {there.Items.Count:N0} at the target, or not the same ones."));
        }

        var differing = here.DifferingUsers(there).Take(Shown + 1).ToList();
        if (differing.Count > 0)
        {
            details.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Users: {here.Users.Count:N0} with {here.Events:N0} events at the source, {there.Users.Count:N0} with {there.Events:N0} at the target; they differ in {string.Join(", ", differing.Take(Shown))}{(differing.Count > Shown ? " and others" : "")}."));
        }

        // A name is forgotten after a day: the source may have forgotten some that the target was sent before.
        if (here.Names.Count > there.Names.Count)
        {
            details.Add(string.Create(CultureInfo.InvariantCulture, $"Names of events: {here.Names.Count:N0} at the source, {there.Names.Count:N0} at the target."));
        }

        DemandDerived(here, there, details);
        if (details.Count > 0)
        {
            throw new CommandFailedException("What arrived is not what was sent; nothing was moved.")
            {
                Details = [.. details, "Does somebody write to the target? Empty it and run the command with --restart."],
            };
        }
    }

    // What lists are ranked with. A build at either side makes it anew, so it need not be the same then; it has to be there.
    private static void DemandDerived(BackupDigest here, BackupDigest there, List<string> details)
    {
        var isSameBuild = here.Build == there.Build;
        if (here.Model.Count > 0 && (there.Model.Count == 0 || (isSameBuild && here.Model != there.Model)))
        {
            details.Add(string.Create(CultureInfo.InvariantCulture, $"Model: {here.Model.Count:N0} parts at the source, {there.Model.Count:N0} at the target, or not the same ones."));
        }

        // Counters fade with time, so they differ between two looks; pieces do not go.
        var missing = here.MissingCounters(there);
        if (here.Counters.Count > 0 && (there.Counters.Count == 0 || (isSameBuild && missing > 0)))
        {
            details.Add(string.Create(CultureInfo.InvariantCulture, $"Counters: {here.Counters.Count:N0} pieces at the source, {there.Counters.Count:N0} at the target, {missing:N0} of them missing."));
        }
    }
}
