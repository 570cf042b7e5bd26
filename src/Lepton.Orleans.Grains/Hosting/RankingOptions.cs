namespace Lepton.Orleans.Grains.Hosting;

/// <summary>How lists are made: <c>Lepton:Ranking</c>.</summary>
public sealed class RankingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Ranking";

    /// <summary>After how long popularity counts half in trending lists; hours for clicks, days for films.</summary>
    public TimeSpan TrendingHalfLife { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How much a list prefers variety to score: 0 (off) to below 1, the share that maximal marginal relevance gives to difference.</summary>
    public float Diversity { get; set; }

    /// <summary>
    /// After how long a ranking is made anew although its user, model and catalogue are as they were, so that what others
    /// did meanwhile shows.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(1);
}
