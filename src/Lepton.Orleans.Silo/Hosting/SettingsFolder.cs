using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>
/// Settings as files of a folder, one each, named as in the environment (<c>Lepton__ApiKeys__0__Key</c>): how secrets are mounted. Changes
/// are seen within some seconds.
/// </summary>
internal static class SettingsFolder
{
    /// <summary>The setting that names the folder.</summary>
    public const string Key = "Lepton:SettingsFolder";

    /// <summary>Reads the folder, where one is named; what is in it goes before everything else.</summary>
    /// <exception cref="OptionsValidationException">There is no such folder.</exception>
    public static void AddSettingsFolder(this WebApplicationBuilder builder)
    {
        if (builder.Configuration[Key] is not { Length: > 0 } named)
        {
            return;
        }

        var folder = Path.GetFullPath(named);
        if (!Directory.Exists(folder))
        {
            throw new OptionsValidationException(Key, typeof(string), [$"{Key} is '{named}', and there is no such folder; write one with a file for each setting, such as Lepton__Redis."]);
        }

        builder.Configuration.AddKeyPerFile(source =>
        {
            // Polled: what orchestrators mount is changed by turning a link, which no notification tells of.
            source.FileProvider = new PhysicalFileProvider(folder) { UsePollingFileWatcher = true, UseActivePolling = true };
            source.Optional = false;
            source.ReloadOnChange = true;
        });
    }
}
