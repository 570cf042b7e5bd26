using System.Net;
using Lepton.Orleans.Deploy.Tests.Files;
using Lepton.Orleans.Deploy.Tests.Kubernetes;

namespace Lepton.Orleans.Deploy.Tests.Settings;

/// <summary>A silo with the settings of the single pod, started.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task The_single_pod_s_settings_and_secret_start_a_silo_that_answers_its_probes_and_its_keys()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var silo = Assert.Single((await Rendering.OfAsync("single")).Silos);
        var secret = Repository.Read("deploy/kubernetes/secret.example.env").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !line.StartsWith('#')).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        var folder = Directory.CreateTempSubdirectory("lepton-deploy-");
        var mounted = folder.CreateSubdirectory("secret");
        foreach (var (name, value) in secret)
        {
            await File.WriteAllTextAsync(Path.Combine(mounted.FullName, name), value, cancellationToken);
        }

        // Where the manifest says that its settings are, its Secret is mounted.
        Assert.Contains(silo.Container.List("volumeMounts"), mount => mount.Text("mountPath") == silo.Settings["Lepton__SettingsFolder"]
            && silo.Pod.List("volumes").Any(volume => volume.Text("name") == mount.Text("name") && volume["secret"]?["secretName"]?.GetValue<string>() == "lepton"));
        var url = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        try
        {
            await using var host = Composition.Of([
                .. silo.Settings.Select(setting => $"--{SettingNames.KeyOf(setting.Key)}={setting.Value}"),
                $"--Lepton:SettingsFolder={mounted.FullName}", $"--Lepton:DataDirectory={folder.FullName}", $"--urls={url}"]);
            await host.StartAsync(cancellationToken);
            using var client = new HttpClient { BaseAddress = url };
            using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            while (await StatusAsync(silo.Container.Text("readinessProbe/httpGet/path")) != HttpStatusCode.OK)
            {
                await Task.Delay(100, deadline.Token);
            }

            Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo.Container.Text("livenessProbe/httpGet/path")));
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/users"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/users", secret["Lepton__ApiKeys__0__Key"]));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/users", secret["Lepton__ApiKeys__1__Key"]));
            await host.StopAsync(cancellationToken);

            async Task<HttpStatusCode> StatusAsync(string path, string? key = null)
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (key is not null)
                {
                    request.Headers.Add("X-API-Key", key);
                }

                using var response = await client.SendAsync(request, cancellationToken);
                return response.StatusCode;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
