namespace Lepton.Orleans.Grains.Hosting;

/// <summary>When indexes are compared with states: <c>Lepton:Repair</c>.</summary>
public sealed class RepairOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Repair";

    /// <summary>Passes start by themselves; false: only on request.</summary>
    public bool Automatic { get; set; } = true;

    /// <summary>How long after the end of a pass the next one starts.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(6);
}
