using Lepton.Orleans.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Deploy.Tests.Settings;

public sealed class PendingSettingsTests
{
    public static TheoryData<string> Pending => [.. PendingSettings.Keys];

    [Theory]
    [MemberData(nameof(Pending))]
    public void A_setting_that_manifests_name_before_the_code_accepts_it_is_refused_by_its_name(string key)
    {
        var refusal = Assert.Throws<OptionsValidationException>(() =>
        {
            using var host = Composition.Of($"--{key}=x");
            return host.Services.GetRequiredService<IOptions<StoreOptions>>().Value;
        });

        Assert.Contains(key, refusal.Message, StringComparison.Ordinal);
    }
}
