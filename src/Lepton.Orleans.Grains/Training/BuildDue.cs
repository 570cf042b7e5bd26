using Lepton.Orleans.Grains.Hosting;

namespace Lepton.Orleans.Grains.Training;

/// <summary>
/// The rule of when a build starts by itself. It asks nobody and knows no clock: it goes by what it is told at each look.
/// </summary>
/// <remarks>
/// Growth is waited for until it has come to rest, so that an import is built once; where it does not come to rest, as in a
/// service that is never quiet, the build starts after <see cref="Patience"/> looks all the same.
/// </remarks>
internal sealed class BuildDue
{
    /// <summary>At so many looks in a row growth that is enough may go on, a minute's with the default interval; at the last one it is due.</summary>
    public const int Patience = 12;

    // Below so much new feedback a build says nothing new.
    private const long MinGrowth = 100;

    // After a build that failed or was cancelled none starts by itself for so long, longer the more often it fails.
    private const int MaxPauses = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private DateTimeOffset _notBefore;
    private int _failures;
    private long _feedback;
    private int _looks;

    /// <summary>Whether none starts by itself now, whatever there is to see.</summary>
    public bool IsPaused(DateTimeOffset now) => now < _notBefore;

    /// <summary>Whether a build is to start now.</summary>
    /// <param name="signs">What there is to see now.</param>
    /// <param name="options">The settings as they are now.</param>
    public bool IsDue(in BuildSigns signs, TrainingOptions options)
    {
        if (IsPaused(signs.Now))
        {
            return false;
        }

        if (signs.IsMissed || signs.Now - signs.FirstErasure >= options.AfterErasure)
        {
            return true;
        }

        var rests = signs.Feedback == _feedback;
        _feedback = signs.Feedback;
        _looks = signs.Feedback - signs.Built > Math.Max(MinGrowth, signs.Built * options.Growth) ? _looks + 1 : 0;
        return _looks > 0 && (rests || _looks >= Patience);
    }

    /// <summary>Notes how a build has ended.</summary>
    public void End(BuildState state, DateTimeOffset now, TrainingOptions options)
    {
        _looks = 0;
        _failures = state switch
        {
            BuildState.Succeeded => 0,
            BuildState.Failed => _failures + 1,
            _ => _failures,
        };
        _notBefore = now + state switch
        {
            // By then the replica has read the shards as this build left them.
            BuildState.Succeeded => options.CheckInterval,
            BuildState.Failed => Pause * Math.Min(_failures, MaxPauses),
            _ => Pause,
        };
    }
}
