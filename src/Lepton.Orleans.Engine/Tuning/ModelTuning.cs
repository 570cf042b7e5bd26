using System.Globalization;
using Lepton.Orleans.Engine.Ranking;
using Lepton.Orleans.Engine.Training;

namespace Lepton.Orleans.Engine.Tuning;

/// <summary>
/// A search for the knobs that suit some data: coordinate ascent from the defaults, knob after knob along its range. A trial
/// trains the part of the model that its knob concerns without the ends of some users' histories, learns the blend's weights
/// anew, and counts recall@K + NDCG@K on those ends. A step is taken where it adds .3 %, which is what sources are left out for,
/// so that what is found is never behind the defaults there. Where times are known, the half-life of popularity is looked for
/// before, by itself. One trial a call: whoever calls keeps <see cref="State"/> in
/// between and can go on with it later, on the same data to the very same end. Not thread-safe.
/// </summary>
public sealed class ModelTuning
{
    private const double MinimumGain = .003;

    // After an improvement all other knobs are looked at once more, but not for ever.
    private const int Rounds = 2;

    // A search that has ended starts again where there is so much more to learn from.
    private const int Growth = 2;

    private const ulong FirstMark = 14695981039346656037;
    private const ulong MarkPrime = 1099511628211;

    private readonly ModelBuildOptions _options;
    private readonly TimeSpan _budget;
    private readonly TimeProvider _clock;
    private readonly Interactions _interactions;
    private readonly DateTime[]? _times;
    private readonly HeldOut? _heldOut;
    private readonly IReadOnlyList<KnobRange> _ranges;
    private readonly Dictionary<Knobs, TuningTrial> _trials = [];
    private ModelBuild.Slice? _slice;
    private TuningTrial? _best;
    private Knobs? _next;
    private long? _start;

    /// <summary>A search, or the rest of one.</summary>
    /// <param name="interactions">Who had what, in order.</param>
    /// <param name="options">The settings to start from; <see langword="null"/> for the defaults.</param>
    /// <param name="known">What a search before has come to; where the data have changed since, its best knobs are compared with the defaults anew.</param>
    /// <param name="budget">
    /// How long trials may go on. The first is not counted, since it does what learning the weights alone would do, nor is that of
    /// what was found on other data; one that is not done in time is given up.
    /// </param>
    /// <param name="clock">The clock; <see langword="null"/> for the system's.</param>
    /// <param name="times">
    /// When each of <see cref="Interactions.Items"/> came, rising within a user; <see langword="null"/> where nobody knows: then the half-life
    /// of popularity stays as it is.
    /// </param>
    /// <exception cref="ArgumentException">There are more or fewer times than items.</exception>
    public ModelTuning(
        Interactions interactions, ModelBuildOptions? options, TuningState? known, TimeSpan budget, TimeProvider? clock = null, DateTime[]? times = null)
    {
        ArgumentNullException.ThrowIfNull(interactions);
        if (times is { } given && given.Length != interactions.Items.Length)
        {
            throw new ArgumentException($"There are {given.Length} times of {interactions.Items.Length} items.", nameof(times));
        }

        (_interactions, _times) = (interactions, times);
        (_options, _budget, _clock) = (options ?? new ModelBuildOptions(), budget, clock ?? TimeProvider.System);
        var counts = interactions.Distinct().CountItems();
        _ranges = KnobRange.For(_options, counts.Count(static count => count > 0), ModelBuild.IsDense(counts, _options));
        State = known ?? TuningState.None;
        var (data, settings) = (Mark(interactions), Mark(_options));
        if (State.Data != data || State.Settings != settings)
        {
            if (State.IsFinished && State.Settings == settings && interactions.Items.Length < Growth * State.Events)
            {
                // What was found on other data, not long ago, is used as it is.
                return;
            }

            // What the search before had not come to is looked at first.
            State = new TuningState { Data = data, Settings = settings, Events = interactions.Items.Length, Start = TuningState.OfBlend(State.Best), Best = State.Best, First = State.At, At = State.At };
        }

        _heldOut = HeldOut.Split(interactions, _options.Learning, _options.Seed, _options.OrderAware);
        foreach (var trial in State.Trials)
        {
            _trials[trial.Knobs] = trial;
        }

        if (_heldOut is not null)
        {
            Seek();
        }
    }

    /// <summary>How far the search has come.</summary>
    public TuningState State { get; private set; }

    /// <summary>What came of each half-life of popularity, that of the settings first; empty where none was tried.</summary>
    public IReadOnlyList<HalfLifeTrial> HalfLives { get; private set; } = [];

    /// <summary>The weights that were learned with the best knobs; <see langword="null"/> where none were tried on these data.</summary>
    public BlendWeights? Weights => _best?.Weights;

    /// <summary>Makes one trial.</summary>
    /// <param name="progress">Receives stage and share done of the first training, which is that of all sources.</param>
    /// <param name="cancellationToken">Stops the trial soon; nothing of it is kept.</param>
    /// <returns>Whether there is more to try: not once the search has ended, the time is over, or histories are too few.</returns>
    /// <exception cref="OperationCanceledException">The trial was stopped.</exception>
    public bool Next(IProgress<BuildProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (_heldOut is null || _next is not { } knobs)
        {
            return false;
        }

        FindHalfLife(_heldOut, cancellationToken);
        var left = _start is { } start ? _budget - _clock.GetElapsedTime(start) : Timeout.InfiniteTimeSpan;
        if (left <= TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)
        {
            return false;
        }

        using var over = new CancellationTokenSource(left, _clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            Record(Try(_heldOut, knobs, progress, stop.Token));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // It had most of the time there is: the next search would not see its end either.
            if (left > _budget / 2)
            {
                Record(new TuningTrial(knobs, null, 0, 0));
            }

            return false;
        }

        _start ??= _best is null ? null : _clock.GetTimestamp();
        return _next is not null;
    }

    // The budget does not bound it: each event that is asked for is compared with the items, once a half-life.
    private void FindHalfLife(HeldOut heldOut, CancellationToken cancellationToken)
    {
        if (_times is not { } times || HalfLives.Count > 0)
        {
            return;
        }

        HalfLives = HalfLifeSearch.Run(_interactions, times, heldOut, _options, cancellationToken);
        var best = HalfLives.MaxBy(static trial => trial.Gain)!;
        float? hours = best.Gain > HalfLives[0].Gain * (1 + MinimumGain) ? (float)best.HalfLife.TotalHours : null;
        State = State with { Best = State.Best.With(Knob.TrendingHalfLife, hours) };
    }

    private TuningTrial Try(HeldOut heldOut, Knobs knobs, IProgress<BuildProgress>? progress, CancellationToken cancellationToken)
    {
        var options = knobs.ApplyTo(_options);
        var slice = _slice is null ? ModelBuild.Slice.Train(heldOut, options, progress, cancellationToken) : _slice.With(options, cancellationToken);
        var learned = slice.Learn(cancellationToken);
        var trial = new TuningTrial(knobs, learned.Weights, learned.Recall, learned.Ndcg);

        // Most of what the next trial needs is here, whether or not this one is the best.
        if (_slice is null || _best is null || Improves(trial, _best))
        {
            _slice = slice;
        }

        return trial;
    }

    private void Record(TuningTrial trial)
    {
        _trials[trial.Knobs] = trial;
        State = State with { Trials = [.. State.Trials, trial] };
        Seek();
    }

    /// <summary>Goes through the search to the first knobs that were not tried yet.</summary>
    private void Seek()
    {
        _next = Search().FirstOrDefault(knobs => !_trials.ContainsKey(knobs));
        float? halfLife = State.Best.Values.TryGetValue(Knob.TrendingHalfLife, out var hours) ? hours : null;
        State = State with { Best = _best?.Knobs.With(Knob.TrendingHalfLife, halfLife) ?? State.Best, IsFinished = _next is null };
    }

    // Reads what came of the knobs it has asked for last: it goes the same way whether they were tried now or long ago.
    private IEnumerable<Knobs> Search()
    {
        yield return Knobs.None;
        yield return State.Start;
        _best = _trials[State.Start].Gain > _trials[Knobs.None].Gain ? _trials[State.Start] : _trials[Knobs.None];
        var first = Math.Max(0, _ranges.ToList().FindIndex(range => range.Knob == State.First));
        for (var (looked, quiet) = (0, 0); quiet < _ranges.Count && looked < Rounds * _ranges.Count; looked++)
        {
            var range = _ranges[(first + looked) % _ranges.Count];
            State = State with { At = range.Knob };
            var before = _best;
            for (var direction = 1; direction >= -1 && ReferenceEquals(before, _best); direction -= 2)
            {
                while (range.Step(_best.Knobs, direction) is { } knobs)
                {
                    yield return knobs;
                    if (!Improves(_trials[knobs], _best))
                    {
                        break;
                    }

                    _best = _trials[knobs];
                }
            }

            quiet = ReferenceEquals(before, _best) ? quiet + 1 : 1;
        }
    }

    private static bool Improves(TuningTrial trial, TuningTrial best) => trial.Gain > best.Gain * (1 + MinimumGain);

    /// <summary>FNV-1a over the histories.</summary>
    private static ulong Mark(Interactions interactions)
    {
        var mark = FirstMark;
        foreach (var offset in interactions.UserOffsets)
        {
            mark = (mark ^ (uint)offset) * MarkPrime;
        }

        foreach (var item in interactions.Items)
        {
            mark = (mark ^ (uint)item) * MarkPrime;
        }

        return mark;
    }

    /// <summary>
    /// FNV-1a over all settings, as they print, so that none can be forgotten; but for those that change no figure, or only with
    /// the machine. A release with another setting or another default searches once more.
    /// </summary>
    private static ulong Mark(ModelBuildOptions options)
    {
        var memories = string.Join(' ', (options.Recurrence?.Memories ?? []).Select(static memory => memory.ToString(CultureInfo.InvariantCulture)));
        var settings = options with { Parallelism = 1, Ridge = options.Ridge with { MaximumPairs = 0 } };
        return $"{settings} {memories}".Aggregate(FirstMark, static (mark, letter) => (mark ^ letter) * MarkPrime);
    }
}
