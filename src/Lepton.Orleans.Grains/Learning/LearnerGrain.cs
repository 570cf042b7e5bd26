using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Learning;

/// <inheritdoc cref="ILearnerGrain" />
/// <remarks>
/// Events wait until the next tick, and are then learned from a few at a time. Once a second what came is appended to a log,
/// and now and then a checkpoint takes the log's place, so that a crash costs what came in its last second (that is in the
/// users' histories, and the next build learns from it). When the silo's replica holds a new build, learning goes on from it:
/// with what came since the build began to read histories, as far as that is remembered here. Some events teach the weights of the
/// blend as well, which begin with those of each build; they are not kept, and found anew within minutes.
/// </remarks>
[HostedBy(SiloRoles.Training)]
internal sealed class LearnerGrain(BlobStore blobs, Replicas replicas, TimeProvider clock, ILogger<LearnerGrain> logger) : Grain, ILearnerGrain
{
    // An event is a dozen numbers: what may wait, and what is remembered for the next build, is 16 MB each, some 350,000 events.
    private const int MaxNumbers = 4 << 20;

    // About 2,000 events, 30 to 40 ms of the silo's time.
    private const int NumbersPerTick = 24_000;
    private const int TicksPerRecord = 5;

    // The time of what is learned anew, from the log or after a build: it says nothing of how far learning is behind.
    private const long Again = 0;

    // A checkpoint costs no more than a megabyte a second.
    private const double CheckpointBytesPerSecond = 1 << 20;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromMinutes(1);

    // What lists are made with changes every second; preparing each of its sources by itself costs as much as some lists.
    private static readonly TimeSpan BlendedFor = TimeSpan.FromSeconds(5);

    // A silo takes some seconds to read a build.
    private static readonly TimeSpan BuildWait = TimeSpan.FromMinutes(1);

    // A sample takes about a millisecond: a tenth of a processor at the most, however many silos send some.
    private const int SamplesPerTick = 20;

    private readonly LiveBlend _blend = new();
    private readonly EventRuns _waiting = new(MaxNumbers);
    private readonly EventRuns _unwritten = new(MaxNumbers);
    private readonly EventRuns _remembered = new(MaxNumbers);
    private LearnerStore _store = null!;
    private Replica _replica = null!;
    private (long Held, DateTimeOffset Since)? _waits;
    private RecurrentLearner? _learner;
    private BlendWeights? _weights;
    private RankingModel _blended = RankingModel.Empty;
    private DateTimeOffset _blendedAt;
    private int _sampled;
    private Guid _epoch;
    private long _build = -1;
    private long _writtenVersion;
    private DateTimeOffset _writtenAt;
    private int _ticks;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _store = new LearnerStore(blobs, this.GetPrimaryKeyString());
        _replica = replicas.For(this.GetPrimaryKeyString());
        _writtenAt = clock.GetUtcNow();
        this.RegisterGrainTimer(OnTickAsync, new GrainTimerCreationOptions(Tick, Tick));
        return Task.CompletedTask;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_learner is not null)
        {
            Learn(int.MaxValue);
            await CheckpointAsync(_learner);
        }
    }

    public Task ApplyAsync(LearnerEvents events)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var run = events.Events.ToArray();
        events.Release();
        LearnerMetrics.Drop(_waiting.Add(now, run));
        _ = _unwritten.Add(now, run);
        _ = _remembered.Add(now, run);

        // Now, before a replica has counted them.
        Sample(run, events.Samples ?? []);
        return Task.CompletedTask;
    }

    public Task<LearnedRows> GetRowsAsync(Guid epoch, long after, int from, int count)
    {
        if (_learner is not { } learner)
        {
            return Task.FromResult(new LearnedRows());
        }

        var next = -1;
        after = epoch == _epoch ? after : -1;
        var rows = learner.Version > after ? learner.RowsAfter(after, from, count, out next).ToBytes() : [];
        return Task.FromResult(new LearnedRows
        {
            Epoch = _epoch,
            Build = _build,
            Version = learner.Version,
            Next = next,
            Events = learner.Events,
            Rows = rows,
            Weights = _weights?.ToBytes(),
        });
    }

    public async Task SettleAsync()
    {
        await OnTickAsync();
        if (_learner is not null)
        {
            Learn(int.MaxValue);
        }
    }

    private async Task OnTickAsync()
    {
        _sampled = 0;
        if (!_replica.IsReady)
        {
            return;
        }

        if (_learner is null)
        {
            await RecoverAsync();
        }
        else if (_replica.ModelVersion > _build)
        {
            Begin(_replica.ModelVersion);
        }

        if (_learner is not null)
        {
            Learn(NumbersPerTick);
            await BlendAsync();
            await WriteAsync(_learner);
        }
    }

    // Before the first build nothing has weighed the sources against each other.
    private bool Blends => _learner is not null && _build > 0 && _build == _replica.ModelVersion;

    private void Sample(int[] run, int[] samples)
    {
        samples = samples[..Math.Min(samples.Length, SamplesPerTick - _sampled)];
        if (samples.Length == 0 || !Blends)
        {
            return;
        }

        _sampled += samples.Length;

        if (clock.GetUtcNow() - _blendedAt >= BlendedFor)
        {
            (_blended, _blendedAt) = (_replica.Model, clock.GetUtcNow());
        }

        foreach (var sample in samples)
        {
            ReadOnlySpan<int> events = (uint)sample < (uint)run.Length ? run.AsSpan(sample) : [];
            if (EventContexts.TryTake(ref events, out var item, out var before))
            {
                // Items that are newer than the model have no scores in it.
                _blend.Add(_blended, before.ToArray().Where(known => known < _blended.ItemCount).ToArray(), item);
            }
        }
    }

    private async Task BlendAsync()
    {
        if (!_blend.IsDue || !Blends)
        {
            return;
        }

        var model = _replica.Model;
        if (await Task.Run(() => _blend.Learn(model)) is { } better)
        {
            _weights = better;
            logger.BlendFollows(this.GetPrimaryKeyString(), _build, better.ToString());
        }
    }

    private async Task RecoverAsync()
    {
        // A checkpoint may be a hundred megabytes: once it is known to go on from a build that this silo does not hold yet, it is left
        // alone until the silo holds another. One that it cannot read, as of a later release, is not waited for.
        var held = _replica.ModelVersion;
        if (_waits is { } waits && waits.Held == held && clock.GetUtcNow() - waits.Since < BuildWait)
        {
            return;
        }

        try
        {
            var (build, content, log) = await _store.ReadAsync();
            var since = _waits?.Since ?? clock.GetUtcNow();
            if (build > held && clock.GetUtcNow() - since < BuildWait)
            {
                _waits = (held, since);
                return;
            }

            // What came since this activation comes after what it reads, and once.
            List<(long, int[])> came = [.. _remembered.Since(0)];
            _ = _remembered.Drain();
            foreach (var (timeMs, run) in log.Concat(came))
            {
                _ = _remembered.Add(timeMs, run);
            }

            Begin(build, content);
        }
        catch (StoreUnavailableException exception)
        {
            logger.LearnerWaits(this.GetPrimaryKeyString(), exception);
        }
    }

    private void Begin(long build, ReadOnlyMemory<byte> checkpoint)
    {
        if (build != _replica.ModelVersion)
        {
            Begin(_replica.ModelVersion);
            return;
        }

        try
        {
            using var stream = new MemoryStream(checkpoint.ToArray(), writable: false);
            _learner = RecurrentLearner.Read(stream, _replica.BuiltRecurrence, _replica.Model.Counts);
            (_epoch, _build, _writtenVersion) = (Guid.NewGuid(), build, _learner.Version);
            BlendAnew();
            LearnAgain(0);
        }
        catch (InvalidDataException exception)
        {
            logger.LearnerUnreadable(this.GetPrimaryKeyString(), exception);
            Begin(build);
        }
    }

    // The number of a build is the time when it began to read histories.
    private void Begin(long build)
    {
        _learner = new RecurrentLearner(_replica.BuiltRecurrence, _replica.Model.Counts);
        (_epoch, _build, _writtenVersion) = (Guid.NewGuid(), build, -1);
        BlendAnew();
        LearnAgain(build);

        // The checkpoint before goes on from an older build: one is due, since events that it alone holds are gone after a crash.
        _writtenAt = DateTimeOffset.MinValue;
        logger.LearnerBegins(this.GetPrimaryKeyString(), build, _learner.Count);
    }

    // With the weights of the build, and samples of it alone.
    private void BlendAnew()
    {
        (_weights, _blendedAt) = (null, default);
        _blend.Forget();
    }

    private void LearnAgain(long sinceMs)
    {
        _ = _waiting.Drain();
        foreach (var (_, run) in _remembered.Since(sinceMs))
        {
            _ = _waiting.Add(Again, run);
        }
    }

    private void Learn(int numbers)
    {
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        while (numbers > 0 && _waiting.TryTake(out var came, out var run))
        {
            numbers -= run.Length;
            LearnerMetrics.Learn(_learner!.Learn(run));
            if (came != Again)
            {
                LearnerMetrics.Waited(now - came);
            }
        }
    }

    private async Task WriteAsync(RecurrentLearner learner)
    {
        var interval = TimeSpan.FromSeconds(learner.Bytes / CheckpointBytesPerSecond);
        if (learner.Version != _writtenVersion
            && clock.GetUtcNow() - _writtenAt > (interval > CheckpointInterval ? interval : CheckpointInterval))
        {
            await CheckpointAsync(learner);
        }
        else if (++_ticks % TicksPerRecord == 0 && _unwritten.Length > 0)
        {
            try
            {
                // What the store does not confirm goes with the next second's: this grain takes one call at a time.
                await _store.AppendAsync(_unwritten.Since(0));
                _ = _unwritten.Drain();
            }
            catch (StoreUnavailableException exception)
            {
                logger.LearnerUnwritten(this.GetPrimaryKeyString(), exception);
            }
        }
    }

    private async Task CheckpointAsync(RecurrentLearner learner)
    {
        _writtenAt = clock.GetUtcNow();
        try
        {
            await _store.WriteAsync(_build, learner, _waiting.Since(0), _writtenAt.ToUnixTimeMilliseconds());
            _ = _unwritten.Drain();
            _writtenVersion = learner.Version;
        }
        catch (StaleActivationException exception)
        {
            // The other one has what it has; this one leaves it alone and ends.
            _learner = null;
            logger.LearnerUnwritten(this.GetPrimaryKeyString(), exception);
            DeactivateOnIdle();
        }
        catch (StoreUnavailableException exception)
        {
            logger.LearnerUnwritten(this.GetPrimaryKeyString(), exception);
        }
    }
}
