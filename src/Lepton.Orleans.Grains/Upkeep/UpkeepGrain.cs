using System.Diagnostics;
using System.Globalization;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Turns;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Upkeep;

/// <inheritdoc cref="IUpkeepGrain" />
/// <remarks>
/// A pass runs beside the grain, which stays free to answer. The turn in the store keeps other silos, of this cluster or
/// another on the same store, from running one as well; its note says when the last one ended.
/// </remarks>
[HostedBy(SiloRoles.Training)]
internal sealed class UpkeepGrain(
    RepairPass pass, ErasureScan scan, StoreTurns turns, IOptions<RepairOptions> options, TimeProvider clock, ILogger<UpkeepGrain> logger)
    : Grain, IUpkeepGrain, IRepairScheduleGrain, IDisposable
{
    // A slow pass works for one part of its time in so many.
    private const int RestPerWork = 9;

    // Longer than a pass takes.
    private static readonly TimeSpan Alive = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, Task<ErasureReport>> _verifications = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _scanning = new(1);
    private RepairStatus _last = new();
    private RepairReport? _report;
    private Task _running = Task.CompletedTask;
    private CancellationTokenSource? _slow;
    private Stopwatch _watch = new();

    private string Tenant => this.GetPrimaryKeyString();

    private string Work => $"repair:{Tenant}";

    public void Dispose()
    {
        _slow?.Dispose();
        _scanning.Dispose();
        _stopping.Dispose();
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running;
    }

    public async Task<RepairStatus> StartRepairAsync()
    {
        if (_report is not null && _slow is { } slow)
        {
            await slow.CancelAsync();
            await _running;
        }

        Start(slow: null);
        return await GetRepairAsync();
    }

    public Task<RepairStatus> GetRepairAsync() =>
        Task.FromResult(_report is { } report ? report.Status with { Seconds = _watch.Elapsed.TotalSeconds } : _last);

    // One scan at a time, and who asks for one that has not begun yet shares it: however often somebody gives up and asks again, two
    // are made.
    public Task<ErasureReport> VerifyErasureAsync(string userId) =>
        _verifications.TryGetValue(userId, out var next) ? next : _verifications[userId] = VerifyInTurnAsync(userId);

    public async Task StartWhenDueAsync()
    {
        if (_report is null && (await LastAsync() is not { } last || clock.GetUtcNow() - last >= options.Value.Interval) && _report is null)
        {
            Start(CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
        }
    }

    private async Task<ErasureReport> VerifyInTurnAsync(string userId)
    {
        // Whoever asks from here on has waited for nothing yet.
        await Task.Yield();
        await _scanning.WaitAsync(_stopping.Token);
        try
        {
            _ = _verifications.Remove(userId);
            return await Task.Run(() => scan.RunAsync(Tenant, userId, _stopping.Token), _stopping.Token);
        }
        finally
        {
            _ = _scanning.Release();
        }
    }

    private void Start(CancellationTokenSource? slow)
    {
        if (_report is null)
        {
            _slow?.Dispose();
            (_slow, _report, _watch) = (slow, new RepairReport(clock.GetUtcNow().UtcDateTime), Stopwatch.StartNew());
            DelayDeactivation(Alive);
            _running = RunAsync(_report, slow is not null, slow?.Token ?? _stopping.Token);
        }
    }

    private async Task RunAsync(RepairReport report, bool isSlow, CancellationToken cancellationToken)
    {
        try
        {
            await using var turn = await turns.TakeAsync(Work, cancellationToken);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Lost);

            // On threads of the pool: what there is to compare would keep the grain from answering.
            await Task.Run(() => pass.RunAsync(Tenant, report, isSlow ? new Rests(clock, ending.Token).TakeAsync : () => Task.CompletedTask, ending.Token), ending.Token);
            await turn.SetNoteAsync(clock.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
            End(report.Status with { State = RepairState.Succeeded, Stage = "" });
            logger.RepairFinished(Tenant, _watch.Elapsed.TotalSeconds, Found(_last.Users), Found(_last.Items), Found(_last.ItemFeedback), _last.DeletionsFinished);
        }
        catch (Exception exception)
        {
            End(report.Status with { State = RepairState.Failed, Stage = "", Error = exception.Message });
            if (!cancellationToken.IsCancellationRequested)
            {
                logger.RepairFailed(Tenant, exception);
            }
        }
    }

    private void End(RepairStatus status)
    {
        (_last, _report) = (status with { Seconds = _watch.Elapsed.TotalSeconds }, null);
        DelayDeactivation(TimeSpan.Zero);
    }

    private async Task<DateTime?> LastAsync() => await turns.GetNoteAsync(Work) is { } note
        ? DateTime.ParseExact(note, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind)
        : null;

    private static long Found(RepairCounts counts) => counts.EntriesWithoutState + counts.StatesWithoutEntry;

    /// <summary>The pauses of a slow pass, in proportion to the work between them.</summary>
    private sealed class Rests(TimeProvider clock, CancellationToken cancellationToken)
    {
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
        private long _since = clock.GetTimestamp();

        public async Task TakeAsync()
        {
            var due = RestPerWork * clock.GetElapsedTime(_since);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due < Longest ? due : Longest, clock, cancellationToken);
            }

            _since = clock.GetTimestamp();
        }
    }
}
