package com.galeriemercure.avis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.client.TestRestTemplate;

@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class AvisApplicationTests {

    @Autowired
    private TestRestTemplate http;

    @Test
    void isReadyOnceItHasStarted() {
        var answer = http.getForEntity("/actuator/health/readiness", String.class);
        assertThat(answer.getStatusCode().is2xxSuccessful()).isTrue();
    }
}
