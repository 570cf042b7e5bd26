using System.Runtime.CompilerServices;

namespace Lepton.Orleans.Silo.Tests.Documentation;

public sealed class ConfigurationReferenceTests
{
    [Fact]
    public async Task The_reference_of_settings_is_what_the_options_say()
    {
        var path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/configuration.md"));
        var written = ConfigurationReference.Write();
        if (Environment.GetEnvironmentVariable("LEPTON_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, written, TestContext.Current.CancellationToken);
        }

        Assert.True(
            (await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") == written,
            "docs/configuration.md is not what the options say; write it anew with LEPTON_WRITE_DOCS=1 (its first lines say how).");
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
