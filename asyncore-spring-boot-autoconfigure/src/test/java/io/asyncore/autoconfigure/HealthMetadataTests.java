package io.asyncore.autoconfigure;

import java.net.URL;
import java.util.Enumeration;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What development tools are told of the property of the health indicator, which belongs
 * to no class.
 */
class HealthMetadataTests {

	@Test
	void describesTheSwitchOfTheHealthIndicator() throws Exception {
		JsonNode found = null;
		Enumeration<URL> files = getClass().getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json");
		while (files.hasMoreElements()) {
			for (JsonNode property : new JsonMapper().readTree(files.nextElement().openStream()).get("properties")) {
				found = property.get("name").asString().equals("management.health.asyncore.enabled") ? property : found;
			}
		}
		assertThat(found).isNotNull();
		assertThat(found.get("description").asString()).endsWith(".");
		assertThat(found.get("defaultValue").asBoolean()).isTrue();
	}

}
