namespace Lepton.Orleans.Grains.Hosting;

/// <summary>When and how models are built: <c>Lepton:Training</c>.</summary>
public sealed class TrainingOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Lepton:Training";

    /// <summary>Builds start by themselves as feedback grows; false: only on request.</summary>
    public bool Automatic { get; set; } = true;

    /// <summary>The vectors of what comes next learn from every event between builds; false: from builds alone.</summary>
    public bool Online { get; set; } = true;

    /// <summary>How often the training grain looks whether a build is due.</summary>
    public TimeSpan CheckInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A build is due when positive feedback has grown by this share since the last one: as soon as it stands still from one look to the
    /// next, so that an import is built once, and after twelve looks where it never does.
    /// </summary>
    public double Growth { get; set; } = .1;

    /// <summary>A build is due when so much time has passed since the erasure of a user that no build has heeded.</summary>
    public TimeSpan AfterErasure { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How much longer a build may take to search for settings that suit the tenant's data; what one does not get done the next goes
    /// on with. 00:00:00: nothing is searched, and builds are made with what was found before. That is the default, because a search
    /// takes the time of dozens of builds and has to be made once: set some minutes until <c>GET /api/v2/build</c> says that it has ended.
    /// </summary>
    public TimeSpan TuningBudget { get; set; }

    /// <summary>How many processors a build may use; 0: half of them, at least one.</summary>
    public int Parallelism { get; set; }

    /// <summary>
    /// The most memory in MB that pairs of items take during a build, which is what grows as the square of the length of histories; 0: a
    /// quarter of what the process may use, 2048 at the most. Where more were needed, items with many neighbours keep their nearest.
    /// </summary>
    public int PairMegabytes { get; set; }
}
