using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Silo.Security;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>
/// Says what a change of the settings leads to: what is in use now, what needs a restart, and what cannot be used, so that what
/// was before stays. Names of settings are logged, never values.
/// </summary>
internal sealed class SettingsWatch(
    IConfiguration configuration,
    ApiKeyRing ring,
    IOptionsFactory<ApiKeyOptions> keys,
    IOptionsFactory<RankingOptions> ranking,
    IOptionsFactory<TrainingOptions> training,
    ILogger<SettingsWatch> logger) : IHostedService, IDisposable
{
    // What anybody reads again after the start.
    private static readonly string[] Live =
    [
        ApiKeyOptions.Section,
        $"{RankingOptions.Section}:{nameof(RankingOptions.Diversity)}",
        $"{RankingOptions.Section}:{nameof(RankingOptions.MaxAge)}",
        $"{TrainingOptions.Section}:{nameof(TrainingOptions.Growth)}",
        $"{TrainingOptions.Section}:{nameof(TrainingOptions.AfterErasure)}",
        $"{TrainingOptions.Section}:{nameof(TrainingOptions.Parallelism)}",
        $"{TrainingOptions.Section}:{nameof(TrainingOptions.TuningBudget)}",
        $"{TrainingOptions.Section}:{nameof(TrainingOptions.PairMegabytes)}",
        "Logging",
    ];

    private static readonly string[] Roots = ["Lepton", "Orleans", "Kestrel", "Logging", WebHostDefaults.ServerUrlsKey];

    private readonly Lock _gate = new();
    private Dictionary<string, string?> _settings = [];
    private IDisposable? _subscription;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _settings = Read();
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Compare);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _subscription?.Dispose();

    private void Compare()
    {
        lock (_gate)
        {
            var (before, now) = (_settings, Read());
            _settings = now;
            var changed = before.Keys.Union(now.Keys).Where(key => before.GetValueOrDefault(key) != now.GetValueOrDefault(key)).Order(StringComparer.OrdinalIgnoreCase).ToList();
            if (changed.Count == 0)
            {
                return;
            }

            var refused = new List<string>();
            Check(ApiKeyOptions.Section, keys, changed, refused);
            Check(RankingOptions.Section, ranking, changed, refused);
            Check(TrainingOptions.Section, training, changed, refused);
            var waiting = changed.Where(key => !Live.Any(live => IsIn(key, live)) || (IsIn(key, ApiKeyOptions.Section) && WouldOpen())).ToList();
            var used = changed.Except(waiting).Where(key => !refused.Any(section => IsIn(key, section))).ToList();
            if (used.Count > 0)
            {
                logger.SettingsInUse(string.Join(", ", used));
            }

            if (waiting.Count > 0)
            {
                logger.SettingsNeedRestart(string.Join(", ", waiting));
            }
        }
    }

    // Taking the last key away would let everybody in: the ring does not do that while it runs.
    private bool WouldOpen() => !ring.IsEmpty && ApiKeyOptions.Read(configuration).Count == 0;

    private void Check<T>(string section, IOptionsFactory<T> options, List<string> changed, List<string> refused)
        where T : class
    {
        if (!changed.Exists(key => IsIn(key, section)))
        {
            return;
        }

        try
        {
            _ = options.Create(Options.DefaultName);
        }
        catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
        {
            refused.Add(section);
            logger.SettingsRefused(section, exception.Message);
        }
    }

    private Dictionary<string, string?> Read() => Roots
        .SelectMany(root => configuration.GetSection(root).AsEnumerable())
        .Where(setting => setting.Value is not null)
        .DistinctBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(StringComparer.OrdinalIgnoreCase);

    private static bool IsIn(string key, string section) =>
        key.StartsWith(section, StringComparison.OrdinalIgnoreCase) && (key.Length == section.Length || key[section.Length] == ':');
}
